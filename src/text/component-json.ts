import { z } from "zod";
import { lists, problemOfSize } from "./component-size.ts";

const text = z.string("must be a text").optional();

/** Far beyond any: what it is compiled to is much larger. */
const expression = z.string("must be a text").max(10_000, "has more than 10000 characters");

const pattern = z.union(
  [z.looseObject({ String: expression }), z.looseObject({ Regex: expression })],
  'must hold a "String" or a "Regex"',
);

const piece = z.union(
  [z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }) }), z.looseObject({ Sequence: z.looseObject({}) })],
  'must hold a "SpecialToken" or a "Sequence"',
);
/** Each piece costs a copy of all before it. */
const template = z.array(piece, "must be a list").max(64, "has more than 64 pieces").optional();

/** A token and its id. */
const token = z.tuple([z.string(), z.int()], "must be a token and its id").optional();

/** What the fields of all types must be where they are there. Of other fields only the truth is taken. */
const fields = {
  ...{ pattern: pattern.optional(), content: text, prepend: text, behavior: text, replacement: text, str_rep: text },
  ...{ prepend_scheme: text, prefix: text, suffix: text, pad_token: text, word_delimiter_token: text },
  ...{ single: template, pair: template, sep: token, cls: token },
  length: z.int("must be a whole number").positive("must be above 0").optional(),
  start: z.int("must be a whole number").nonnegative("must not be negative").optional(),
  stop: z.int("must be a whole number").nonnegative("must not be negative").optional(),
};

/** The fields without which a type means nothing. */
const required: Readonly<Record<string, readonly string[]>> = {
  Replace: ["pattern"],
  Split: ["pattern"],
  Prepend: ["prepend"],
  Metaspace: ["replacement"],
  FixedLength: ["length"],
  TemplateProcessing: ["single"],
  BertProcessing: ["sep", "cls"],
  RobertaProcessing: ["sep", "cls"],
};

/** Whatever a tokenizer.json may have as one of its four parts. */
export function componentSchema(part: keyof typeof lists): z.ZodType {
  const list = lists[part];
  const schema: z.ZodType = z
    .looseObject(
      {
        ...fields,
        type: z.string("must be the name of a type"),
        get [list]() {
          return z.array(schema, "must be a list").optional();
        },
      },
      "must be an object with a type",
    )
    .superRefine((component, context) => {
      const { type } = component;
      const needed = type === "Sequence" ? [list] : Object.hasOwn(required, type) ? required[type]! : [];
      for (const field of needed) {
        if (component[field] === undefined) context.addIssue({ code: "custom", path: [field], message: "is missing" });
      }
    });
  return z.preprocess((value, context) => {
    const problem = problemOfSize(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    return problem === undefined ? value : undefined;
  }, schema.nullish());
}
