import { readFileSync } from "node:fs";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import type { Model } from "../../src/models/model.ts";
import { checkConfig } from "../../src/models/registry.ts";
import { transformer } from "../../src/models/transformer/index.ts";

const folder = new URL("../fixtures/transformer/decoding/", import.meta.url);

export interface DecodingFixture {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly greedy: {
    readonly max_new_tokens: number;
    readonly forced_eos_token_id?: number;
    readonly results: { readonly ids: number[]; readonly log_probs: number[] }[];
  }[];
  readonly beam: {
    readonly num_beams: number;
    readonly max_new_tokens: number;
    readonly length_penalty: number;
    readonly early_stopping: boolean | "never";
    readonly num_return_sequences: number;
    readonly forced_eos_token_id?: number;
    readonly results: { readonly ids: number[]; readonly score: number }[][];
  }[];
}

/** What Hugging Face's `generate` gives for the model of the folder. */
export function decodingFixture(): DecodingFixture {
  return JSON.parse(readFileSync(new URL("decoding.json", folder), "utf8"));
}

/** The sources without their padding. */
export function fixtureSources({ input_ids, attention_mask }: DecodingFixture): number[][] {
  return input_ids.map((ids, row) => ids.filter((_, i) => attention_mask[row]![i] === 1));
}

/** The trained Marian model of the fixtures, its parameters under the names of the transformer family. */
export function marianModel(): Model {
  const json = JSON.parse(readFileSync(new URL("config.json", folder), "utf8"));
  const config = checkConfig(
    transformer,
    {
      vocabSize: json.vocab_size,
      dModel: json.d_model,
      encoderLayers: json.encoder_layers,
      decoderLayers: json.decoder_layers,
      encoderAttentionHeads: json.encoder_attention_heads,
      decoderAttentionHeads: json.decoder_attention_heads,
      encoderFfnDim: json.encoder_ffn_dim,
      decoderFfnDim: json.decoder_ffn_dim,
      maxPositionEmbeddings: json.max_position_embeddings,
      finalLogitsBias: true,
      padTokenId: json.pad_token_id,
      eosTokenId: json.eos_token_id,
      decoderStartTokenId: json.decoder_start_token_id,
    },
    "model",
  );
  const parameters = new Map<string, TensorData<"float32">>();
  for (const [name, tensor] of readSafetensors(readFileSync(new URL("model.safetensors", folder)))) {
    const isMatrix = /proj\.weight|fc\d\.weight/.test(name);
    const bias = name === "final_logits_bias" && float32([tensor.data.length], tensor.data);
    parameters.set(renamed(name), bias || (isMatrix ? transposed(tensor) : tensor));
  }
  return { family: transformer, config, parameters } as unknown as Model;
}

const renamings: readonly [RegExp, string][] = [
  [/^model\.shared\.weight$/, "embedding.source"],
  [/^final_logits_bias$/, "output.bias"],
  [/^model\./, ""],
  [/encoder_attn\./, "crossAttention."],
  [/encoder_attn_layer_norm/, "crossAttentionNorm"],
  [/self_attn\./, "selfAttention."],
  [/self_attn_layer_norm/, "selfAttentionNorm"],
  [/final_layer_norm/, "feedForwardNorm"],
  [/q_proj/, "query"],
  [/k_proj/, "key"],
  [/v_proj/, "value"],
  [/out_proj/, "output"],
  [/fc1/, "feedForward.in"],
  [/fc2/, "feedForward.out"],
];

function renamed(name: string): string {
  return renamings.reduce((path, [pattern, replacement]) => path.replace(pattern, replacement), name);
}

function readSafetensors(file: Buffer): Map<string, TensorData<"float32">> {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: number[] }
  >;
  const tensors = new Map<string, TensorData<"float32">>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [from, to] = entry.data_offsets as [number, number];
    const bytes = Uint8Array.from(file.subarray(start + from, start + to));
    tensors.set(name, float32(entry.shape, new Float32Array(bytes.buffer)));
  }
  return tensors;
}

function transposed({ shape, data }: TensorData<"float32">): TensorData<"float32"> {
  const [rows, columns] = shape as [number, number];
  return float32(
    [columns, rows],
    Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!),
  );
}
