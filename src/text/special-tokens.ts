import { HeedError } from "../error.ts";
import type { AddedToken, Component } from "./tokenizer-json.ts";

/**
 * The special tokens of a vocabulary. One rule says which ids they get: `eos`, `unk` and `bos`, those that are given,
 * take the first ids in this order, and `pad` takes the last id of all, as in Marian's vocabularies. A string used
 * twice is one token with one id.
 */
export interface SpecialTokens {
  /** Ends a sequence. */
  readonly eos: string;
  /** Stands for an unknown character. */
  readonly unk?: string;
  /** Begins a sequence. */
  readonly bos?: string;
  /** Fills up the shorter sequences of a batch. */
  readonly pad?: string;
}

/** Those of Marian's translation models. */
export const marianSpecialTokens = { eos: "</s>", unk: "<unk>", pad: "<pad>" } as const satisfies SpecialTokens;

/** The special tokens before and after all other tokens, in the order of their ids. */
export function placeSpecialTokens(special: SpecialTokens): { first: string[]; last: string[] } {
  for (const [name, token] of Object.entries(special)) {
    if (token === "") throw invalid(`specialTokens.${name} is an empty string. Name a token, like "<${name}>".`, name);
  }
  const first = [...new Set([special.eos, special.unk, special.bos])].filter((token) => token !== undefined);
  const last = special.pad === undefined || first.includes(special.pad) ? [] : [special.pad];
  return { first, last };
}

/** How a tokenizer.json lists a special token: found in a text as it stands, and left out when decoding. */
export function addedToken(content: string, id: number): AddedToken {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/** What `encode` puts around a text where nothing else is asked for: `bos` before it, if there is one, `eos` after it. */
export function defaultTemplate(special: SpecialTokens): string {
  return special.bos === undefined ? `$A ${special.eos}` : `${special.bos} $A ${special.eos}`;
}

/**
 * The pieces of a template: "$A", the text, once, and special tokens around it.
 *
 * @param template Its pieces with spaces between them, as in "$A </s>".
 * @throws HeedError CONFIG_INVALID when it names a token that is not special, or not exactly one text.
 */
export function parseTemplate(template: string, specialTokens: readonly string[]): string[] {
  const pieces = template.split(" ").filter((piece) => piece !== "");
  if (pieces.filter((piece) => piece === "$A").length !== 1) {
    throw invalid(`The template "${template}" must hold the text, "$A", exactly once, as in "$A </s>".`, "template");
  }
  const unknown = pieces.find((piece) => piece !== "$A" && !specialTokens.includes(piece));
  if (unknown === undefined) return pieces;
  const advice = `Use "$A" and the special tokens, ${specialTokens.join(" ")}`;
  throw invalid(`The template "${template}" names "${unknown}", which is no special token. ${advice}`, "template");
}

/** The post-processor that puts special tokens around a text. Of a pair of texts each gets its own. */
export function templatePostProcessor(pieces: readonly string[], ids: ReadonlyMap<string, number>): Component {
  const used = [...ids].filter(([token]) => pieces.includes(token));
  const frame = (sequence: "A" | "B", type_id: number) =>
    pieces.map((piece) =>
      piece === "$A" ? { Sequence: { id: sequence, type_id } } : { SpecialToken: { id: piece, type_id } },
    );
  return {
    type: "TemplateProcessing",
    single: frame("A", 0),
    pair: [...frame("A", 0), ...frame("B", 1)],
    special_tokens: Object.fromEntries(used.map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }])),
  };
}

function invalid(message: string, path: string): HeedError {
  return new HeedError("CONFIG_INVALID", message, { path });
}
