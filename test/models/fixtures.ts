import { readFileSync } from "node:fs";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { type FileContent, memoryFiles } from "../../src/hub/files.ts";
import { loadModel } from "../../src/hub/index.ts";
import { encodeSafetensors, parseSafetensors } from "../../src/hub/safetensors.ts";
import type { Model } from "../../src/models/model.ts";
import { IGNORED_LABEL } from "../../src/ops/cross-entropy.ts";
import type { Batch } from "../../src/train/batches.ts";

const folder = new URL("../fixtures/transformer/", import.meta.url);

/** The variants that have weights of their own: norms, positions, activations and ways of tying. */
export const variants = [
  "marian-tied",
  "marian-two-tables",
  "marian-untied",
  "marian-padding-not-zero",
  "pegasus-tied",
  "prenorm-gelu",
  "learned-positions",
] as const;

export type Variant = (typeof variants)[number];
type Tensors = ReadonlyMap<string, TensorData>;

/** What PyTorch was fed: rows padded on the right. */
export interface PaddedRows {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly decoder_input_ids: number[][];
  /** −100 where a row has ended. */
  readonly labels: number[][];
}

/** forward.json: outputs at real positions only. */
export interface Forward extends PaddedRows {
  /** [row][real target token][vocabSize] */
  readonly logits: number[][][];
  /** [row][real source token][dModel] */
  readonly encoder_last_hidden_state: number[][][];
  /** [row][head][real target token][source]; of one variant only. */
  readonly cross_attention?: number[][][][];
}

/** trace.json: a training of 20 steps. */
export interface Trace {
  readonly weights_of: Variant;
  readonly training: {
    readonly label_smoothing: number;
    readonly max_grad_norm: number;
    readonly optimizer: { readonly betas: [number, number]; readonly eps: number; readonly weight_decay: number };
    readonly schedule: { readonly scale: number; readonly warmup: number };
  };
  readonly steps: readonly (PaddedRows & {
    readonly step: number;
    readonly lr: number;
    readonly loss: number;
    readonly grad_norm: number;
  })[];
}

export const readForward = (name: Variant): Forward => json(`${name}/forward.json`) as Forward;
export const readTrace = (name: string): Trace => json(`${name}/trace.json`) as Trace;

/** The initial model of a variant, read as a user's folder is. */
export const initialModel = (name: Variant): Promise<Model> => modelOf(name, bytes(`${name}/model.safetensors`));

/** The model after the steps of a trace. */
export const trainedModel = (name: string): Promise<Model> =>
  modelOf(readTrace(name).weights_of, bytes(`${name}/trained.safetensors`));

/** The gradients of the first step, each under the path of its parameter. They lie in a file just as the weights do. */
export async function readGradients(name: Variant): Promise<ReadonlyMap<string, TensorData<"float32">>> {
  const { tensors } = parseSafetensors(bytes(`${name}/gradients.safetensors`), name);
  const stored: Tensors = new Map([...tensors].map(([key, tensor]) => [key, tensor.read()]));
  return (await modelOf(name, await encodeSafetensors(stored))).parameters;
}

export function toBatch(rows: PaddedRows): Batch {
  const count = (ids: number[][], padding: number) => ids.flat().filter((id) => id !== padding).length;
  const targetTokens = count(rows.labels, IGNORED_LABEL);
  return {
    inputs: {
      inputIds: matrix(rows.input_ids),
      attentionMask: matrix(rows.attention_mask),
      decoderInputIds: matrix(rows.decoder_input_ids),
    },
    labels: matrix(rows.labels),
    targetTokens,
    tokens: count(rows.attention_mask, 0) + targetTokens,
  };
}

const matrix = (rows: readonly (readonly number[])[]): TensorData<"int32"> =>
  int32([rows.length, rows[0]!.length], rows.flat());

/** `transformers` has no family for learned positions, so that variant comes without a config.json. */
const learnedPositions = {
  model_type: "heed-transformer",
  vocab_size: 41,
  d_model: 16,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 32,
  decoder_ffn_dim: 32,
  max_position_embeddings: 16,
  position_embeddings: "learned",
  dropout: 0,
  pad_token_id: 40,
  eos_token_id: 0,
  decoder_start_token_id: 40,
};

async function modelOf(name: Variant, weights: Uint8Array): Promise<Model> {
  const config = name === "learned-positions" ? JSON.stringify(learnedPositions) : bytes(`${name}/config.json`);
  const files = new Map<string, FileContent>([
    ["config.json", config],
    ["model.safetensors", weights],
  ]);
  const { model } = await loadModel(memoryFiles(files, name));
  return model;
}

const bytes = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const json = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
