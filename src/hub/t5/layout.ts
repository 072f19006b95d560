import { activationOf, type T5Config } from "../../models/t5/index.ts";
import { headAt, type Layout, type LayoutTable, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";

/** What stands before the names of all but the head: the classes for classes hold a model, the others are one. */
export const prefixOf = (head: T5Config["head"]): string =>
  head === "sequenceClass" || head === "tokenClass" ? "transformer." : "";

/** Where the parameters of T5, mT5 and umT5 lie. */
export function t5Layout(config: T5Config): Layout {
  const prefix = prefixOf(config.head);
  return layoutOf({
    ...tableAt("embedding.tokens", `${prefix}shared`),
    ...stackAt("encoder", prefix, ["selfAttention", "feedForward"], config),
    ...stackAt("decoder", prefix, ["selfAttention", "crossAttention", "feedForward"], config),
    ...linearAt("output", "lm_head"),
    ...linearAt("classifier.dense", "classification_head.dense"),
    ...linearAt("classifier.output", "classification_head.out_proj"),
    ...headAt(config.head, { tokenClass: "classifier", span: "qa_outputs" }),
  });
}

/** A stack, of which the sub-layers of each layer are numbered. */
function stackAt(stack: string, prefix: string, sublayers: readonly string[], config: T5Config): LayoutTable {
  const norm = normAt(`${stack}.norm`, `${prefix}${stack}.final_layer_norm`);
  const tables = sublayers.map((name, i) => {
    const [path, stored] = [`${stack}.layers.*`, `${prefix}${stack}.block.*.layer.${i}`];
    return {
      ...normAt(`${path}.${name}Norm`, `${stored}.layer_norm`),
      ...(name === "feedForward" ? feedForwardAt(path, stored, config) : attentionAt(path, name, stored)),
    };
  });
  return Object.assign(norm, ...tables) as LayoutTable;
}

function attentionAt(path: string, name: string, stored: string): LayoutTable {
  const module = `${stored}.${name === "selfAttention" ? "SelfAttention" : "EncDecAttention"}`;
  const maps = Object.entries({ query: "q", key: "k", value: "v", output: "o" });
  const tables = maps.map(([map, letter]) => linearAt(`${path}.${name}.${map}`, `${module}.${letter}`));
  const biases = tableAt(`${path}.relativeAttentionBias`, `${module}.relative_attention_bias`);
  return Object.assign(name === "selfAttention" ? biases : {}, ...tables) as LayoutTable;
}

function feedForwardAt(path: string, stored: string, config: T5Config): LayoutTable {
  const module = `${stored}.DenseReluDense`;
  const { gated } = activationOf(config);
  return {
    ...linearAt(`${path}.feedForward.gate`, `${module}.wi_0`),
    ...linearAt(`${path}.feedForward.in`, gated ? `${module}.wi_1` : `${module}.wi`),
    ...linearAt(`${path}.feedForward.out`, `${module}.wo`),
  };
}
