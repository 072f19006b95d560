import { HeedError } from "../error.ts";
import type { ModelConfig, ModelFamily } from "./family.ts";
import { type TransformerInput, transformer } from "./transformer/index.ts";

/** A model as recipes name it: the keys of its family, which all have defaults. */
export type ModelInput = { readonly modelType?: "transformer" } & TransformerInput;

/** The families that configs and folders may name. */
export const families: ReadonlyMap<string, ModelFamily> = new Map(
  [transformer as unknown as ModelFamily].map((family) => [family.modelType, family]),
);

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
