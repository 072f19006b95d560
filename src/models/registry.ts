import { HeedError } from "../error.ts";
import type { Spec } from "../nn/parameter.ts";
import { bert } from "./bert/index.ts";
import type { ModelConfig, ModelFamily } from "./family.ts";
import { gpt2 } from "./gpt2/index.ts";
import { llama } from "./llama/index.ts";
import { modernBert } from "./modernbert/index.ts";
import { t5 } from "./t5/index.ts";
import { type TransformerInput, transformer } from "./transformer/index.ts";

/** A model as recipes name it: the keys of its family, which all have defaults. */
export type ModelInput =
  | ({ readonly modelType?: "transformer" } & TransformerInput)
  | (ConfiguredFamily & { readonly modelType: string });

declare const configured: unique symbol;
/** What only `configure` makes, so that the keys of a family are checked where they are written. */
export interface ConfiguredFamily {
  readonly [configured]: true;
}

/**
 * A model of any family, for a recipe: registers the family, and checks its keys where they are written.
 *
 * @param keys Those of the family's config, but for what follows from the tokenizer; the others have their defaults.
 */
export function configure<C extends ModelConfig, S extends Spec>(
  family: ModelFamily<C, S>,
  keys: Partial<Omit<C, "vocabSize" | "padTokenId" | "eosTokenId" | "decoderStartTokenId">> = {},
): ModelInput {
  registerFamily(family);
  return { ...keys, modelType: family.modelType } as unknown as ModelInput;
}

const registered = new Map<string, ModelFamily>();

/** The families that configs and folders may name. */
export const families: ReadonlyMap<string, ModelFamily> = registered;

/**
 * Makes a family known by its name: recipes may ask for it, and its models are saved and opened like those of the families
 * that Heed brings. To be called in every thread and process that names it, before it does.
 *
 * @throws HeedError CONFIG_INVALID when another family has the name, or it is none.
 */
export function registerFamily<C extends ModelConfig, S extends Spec>(family: ModelFamily<C, S>): void {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u.test(family.modelType)) {
    const message = `${JSON.stringify(family.modelType)} is no name for a model family: letters, digits, "_", "-" and ".", please.`;
    throw new HeedError("CONFIG_INVALID", message, { path: "modelType" });
  }
  const known = registered.get(family.modelType);
  if (known !== undefined && known !== (family as unknown)) {
    const message = `There is a model family "${family.modelType}" already. Give yours another modelType.`;
    throw new HeedError("CONFIG_INVALID", message, { path: "modelType" });
  }
  registered.set(family.modelType, family as unknown as ModelFamily);
}

registerFamily(transformer);
registerFamily(gpt2);
registerFamily(llama);
registerFamily(t5);
registerFamily(bert);
registerFamily(modernBert);

const built = new Set(registered.values());

/** Whether every thread of Heed knows the family: those that it brings. */
export const isBuiltIn = (family: ModelFamily): boolean => built.has(family);

/** Fills in the defaults of a config and checks it. Errors: "CONFIG_INVALID", with the key behind `path`. */
export function checkConfig<C extends ModelConfig>(family: ModelFamily<C>, config: unknown, path: string): C {
  const parsed = family.schema.safeParse(config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = [path, ...(issue?.path ?? [])].join(".");
    throw new HeedError("CONFIG_INVALID", `${key}: ${issue?.message}.`, { path: key });
  }
  const [problem] = family.problems(parsed.data);
  if (problem === undefined) return parsed.data;
  const key = `${path}.${problem.key}`;
  throw new HeedError("CONFIG_INVALID", `${key}: ${problem.message}.`, { path: key });
}
