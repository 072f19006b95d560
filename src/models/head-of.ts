import { HeedError } from "../error.ts";
import type { HeadName } from "./heads.ts";
import type { Model } from "./model.ts";

/** The head of a model: the family's first unless its config says another. */
export function headOf({ family, config }: Pick<Model, "family" | "config">): HeadName {
  return config.head ?? family.heads[0];
}

/**
 * Refuses a model whose head is none of these.
 *
 * @param purpose What it cannot do, for the message: "write text".
 * @throws HeedError MODEL_UNSUPPORTED naming the head it has and those that can
 */
export function requireHead(
  model: Pick<Model, "family" | "config">,
  heads: readonly HeadName[],
  purpose: string,
): void {
  const head = headOf(model);
  if (heads.includes(head)) return;
  const able = model.family.heads.filter((each) => heads.includes(each));
  const has = `This ${model.family.modelType} model has the head "${head}": it cannot ${purpose}.`;
  const advice =
    able.length > 0
      ? `Open one with the head ${able.map((each) => `"${each}"`).join(" or ")} (architectures in config.json).`
      : `No model of its family can.`;
  throw new HeedError("MODEL_UNSUPPORTED", `${has} ${advice}`);
}
