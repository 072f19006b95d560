import { sym } from "../../graph/dim.ts";
import { type ModelFamily, PAST, TensorTypeLeaf } from "../family.ts";
import { type TransformerConfig, transformerProblems, transformerSchema } from "./config.ts";
import { type DecoderState, decode, decodeStep, encode, encodeForSteps, freezePadding } from "./model.ts";
import { type TransformerParams, type TransformerSpec, transformerSpec } from "./spec.ts";

export { type TransformerConfig, type TransformerInput, transformerSchema } from "./config.ts";
export { type TransformerSpec, transformerSpec } from "./spec.ts";

/** The encoder–decoder Transformer of "Attention Is All You Need" (Vaswani et al. 2017), post-norm or pre-norm. */
export const transformer: ModelFamily<TransformerConfig, TransformerSpec> = {
  modelType: "transformer",
  schema: transformerSchema,
  problems: transformerProblems,
  width: ({ dModel }) => dModel,
  spec: transformerSpec,
  prefillInputs: ["inputIds", "attentionMask"],

  inputTypes() {
    const batch = sym("batch");
    const source = { shape: [batch, sym("source")], dtype: "int32" } as const;
    return {
      inputIds: source,
      attentionMask: source,
      decoderInputIds: { shape: [batch, sym("target")], dtype: "int32" },
    };
  },

  forward(p, inputs, config, ctx) {
    const params = freezePadding(p as TransformerParams, config);
    const memory = encode(params, inputs.inputIds!, inputs.attentionMask!, config, ctx);
    return { logits: decode(params, inputs.decoderInputIds!, memory, config, ctx) };
  },

  stateTypes(config) {
    const heads = config.decoderAttentionHeads;
    const keyValueTypes = (positions: string) => {
      const type = new TensorTypeLeaf([sym("batch"), heads, sym(positions), config.dModel / heads]);
      return Array.from({ length: config.decoderLayers }, () => ({ key: type, value: type }));
    };
    return {
      memory: keyValueTypes("source"),
      attentionMask: new TensorTypeLeaf([sym("batch"), sym("source")], "int32"),
      cache: keyValueTypes(PAST),
    };
  },

  prefill(p, inputs, config, ctx) {
    const [inputIds, attentionMask] = [inputs.inputIds!, inputs.attentionMask!];
    return { memory: encodeForSteps(p as TransformerParams, inputIds, attentionMask, config, ctx), attentionMask };
  },

  step(p, inputs, state, config, ctx) {
    const decoderState = state as unknown as DecoderState;
    const { logits, appended, grown } = decodeStep(p as TransformerParams, inputs, decoderState, config, ctx);
    return { logits, appended: { cache: appended }, grown: { cache: grown } };
  },
};
