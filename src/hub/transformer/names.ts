import type { TransformerConfig } from "../../models/transformer/index.ts";
import { type Layout, linearAt, type Stored } from "../layout.ts";

/** The words of a parameter's path, as Marian, Pegasus and BART spell them. */
const words: Readonly<Record<string, string>> = {
  selfAttention: "self_attn",
  selfAttentionNorm: "self_attn_layer_norm",
  crossAttention: "encoder_attn",
  crossAttentionNorm: "encoder_attn_layer_norm",
  query: "q_proj",
  key: "k_proj",
  value: "v_proj",
  output: "out_proj",
  in: "fc1",
  out: "fc2",
  feedForwardNorm: "final_layer_norm",
  norm: "layer_norm",
  embeddingNorm: "layernorm_embedding",
};

export const SHARED = "model.shared.weight";
export const SOURCE = "model.encoder.embed_tokens.weight";
export const TARGET = "model.decoder.embed_tokens.weight";
export const OUTPUT = "lm_head.weight";
export const BIAS = "final_logits_bias";
export const POSITIONS = {
  encoder: "model.encoder.embed_positions.weight",
  decoder: "model.decoder.embed_positions.weight",
} as const;

const outsideLayers = (config: TransformerConfig): Readonly<Record<string, Stored>> => ({
  "embedding.source": { name: config.shareEncoderDecoderEmbeddings ? SHARED : SOURCE, form: "asIs" },
  "embedding.target": { name: TARGET, form: "asIs" },
  "encoder.positions": { name: POSITIONS.encoder, form: "asIs" },
  "decoder.positions": { name: POSITIONS.decoder, form: "asIs" },
  "output.weight": { name: OUTPUT, form: "transposed" },
  "output.bias": { name: BIAS, form: "row" },
  ...linearAt("head.dense", "classification_head.dense"),
  ...linearAt("head.out", "classification_head.out_proj"),
});

/** The name of a tensor in a file that was saved without what reads the states: there "model." is missing. */
export const wholeName = (name: string): string => (/^(shared|encoder|decoder)\./.test(name) ? `model.${name}` : name);

/** Tensors of older files that change nothing: a number of fairseq's, and sinusoids that M2M-100 computes. */
export const UNUSED = /^model\.(en|de)coder\.(version|embed_positions\.weights)$/;

/** Where each parameter of a Transformer lies in the files of Hugging Face's kinds and of Heed's. */
export function transformerLayout(config: TransformerConfig): Layout {
  const outside = outsideLayers(config);
  return (path, { shape }) => {
    const found = outside[path];
    if (found !== undefined) return found;
    const parts = path.split(".").filter((part) => part !== "feedForward");
    const name = ["model", ...parts.map((part) => words[part] ?? part)].join(".");
    return { name, form: shape.length === 2 ? "transposed" : "asIs" };
  };
}
