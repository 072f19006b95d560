import { readFile } from "node:fs/promises";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { parseSafetensors } from "../../src/hub/index.ts";
import type { TransformerConfig } from "../../src/models/index.ts";
import type { Batch, OptimizerConfig } from "../../src/train/index.ts";

/** What every peer is told, as a JSON file: the same model, first weights, batches and update for all. */
export interface Job {
  readonly config: TransformerConfig;
  /** A safetensors file with the first weights under Heed's names. */
  readonly weights: string;
  /** A JSON file with the batches, see `StoredBatch`. */
  readonly batches: string;
  readonly update: OptimizerConfig & {
    readonly learningRate: number;
    readonly clipNorm: number;
    readonly labelSmoothing: number;
  };
  readonly threads: number;
  /** The batches of the updates without dropout that are compared, by number. */
  readonly checkedBatches: readonly number[];
  /** The side of the square matrices whose product shows the machine's rate. */
  readonly sgemm: number;
}

type Rows = readonly (readonly number[])[];

export interface StoredBatch {
  /** inputIds, attentionMask, decoderInputIds and labels. */
  readonly tensors: readonly [Rows, Rows, Rows, Rows];
}

/** Source and target tokens of a batch that are not padding. */
export const realTokens = ({ tensors: [, mask, , labels] }: StoredBatch): number =>
  mask.flat().filter((attended) => attended === 1).length + labels.flat().filter((label) => label >= 0).length;

/** The share of a batch that is padding. */
export function paddingOf(batch: StoredBatch): number {
  const { rows, source, target } = shapeOf(batch);
  return 1 - realTokens(batch) / (rows * (source + target));
}

/** Rows, source length and target length, padding included. */
export function shapeOf({ tensors: [source, , , target] }: StoredBatch) {
  return { rows: source.length, source: source[0]!.length, target: target[0]!.length };
}

export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8")) as T;
}

export async function readWeights(path: string): Promise<Map<string, TensorData<"float32">>> {
  const { tensors } = parseSafetensors(await readFile(path), path);
  return new Map([...tensors].map(([name, tensor]) => [name, tensor.readFloat32(path)]));
}

export async function readBatches(path: string): Promise<Batch[]> {
  const stored = await readJson<StoredBatch[]>(path);
  return stored.map((batch) => {
    const [inputIds, attentionMask, decoderInputIds, labels] = batch.tensors.map((rows) =>
      int32([rows.length, rows[0]!.length], rows.flat()),
    ) as [TensorData<"int32">, TensorData<"int32">, TensorData<"int32">, TensorData<"int32">];
    return {
      inputs: { inputIds, attentionMask, decoderInputIds },
      labels,
      targetTokens: labels.data.filter((label) => label >= 0).length,
      tokens: realTokens(batch),
    };
  });
}
