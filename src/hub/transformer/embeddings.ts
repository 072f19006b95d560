import { HeedError } from "../../error.ts";
import { float32, type TensorData } from "../../graph/tensor-data.ts";
import type { TransformerConfig } from "../../models/transformer/index.ts";
import { fromStored } from "../layout.ts";
import type { Weights } from "../weights.ts";
import { OUTPUT, SHARED, SOURCE, TARGET } from "./names.ts";

type Table = TensorData<"float32">;

/** Parameters that were found, and what they say of the config. */
export interface Found {
  readonly config: Partial<TransformerConfig>;
  readonly parameters: ReadonlyMap<string, Table>;
}

/**
 * The embeddings and the output projection. A file may hold the tables that a config calls shared or tied once, or copies
 * of them, as older and newer versions of `transformers` do; where a copy differs, it is a table of its own, as there.
 */
export function readEmbeddings(weights: Weights, config: TransformerConfig, path: string): Found {
  const shape = [config.vocabSize, config.dModel];
  const shared = config.shareEncoderDecoderEmbeddings ? weights.takeIfPresent(SHARED, shape) : undefined;
  const nameOr = (name: string) => (config.shareEncoderDecoderEmbeddings ? SHARED : name);
  const source = weights.takeIfPresent(SOURCE, shape) ?? shared ?? weights.take(nameOr(SOURCE), shape);
  const target = weights.takeIfPresent(TARGET, shape) ?? shared ?? weights.take(nameOr(TARGET), shape);
  const output = config.tieWordEmbeddings ? weights.takeIfPresent(OUTPUT, shape) : weights.take(OUTPUT, shape);

  const share = config.shareEncoderDecoderEmbeddings && isEqual(source, target);
  const tie = config.tieWordEmbeddings && (output === undefined || isEqual(output, target));
  const found = { ...config, shareEncoderDecoderEmbeddings: share, tieWordEmbeddings: tie };
  refuseTrainedPadding(target, found, path);

  const parameters = new Map([["embedding.source", withoutPadding(source, config)]]);
  if (!share) parameters.set("embedding.target", withoutPadding(target, config));
  if (!tie) parameters.set("output.weight", fromStored("transposed", output!));
  return { config: { shareEncoderDecoderEmbeddings: share, tieWordEmbeddings: tie }, parameters };
}

/** A table whose row of the padding token is zero, which is how the model reads it. Shape: [vocabSize, dModel]. */
export function withoutPadding(table: Table, config: TransformerConfig): Table {
  if (isPaddingZero(table, config)) return table;
  const { padTokenId, dModel } = config;
  return float32(table.shape, table.data.slice().fill(0, padTokenId * dModel, (padTokenId + 1) * dModel));
}

/** In the source padding is masked; as the decoder's first token, or in a tied projection, its embedding matters. */
function refuseTrainedPadding(target: Table, config: TransformerConfig, path: string): void {
  const matters = config.tieWordEmbeddings || config.decoderStartTokenId === config.padTokenId;
  if (!matters || isPaddingZero(target, config)) return;
  const what = `the embedding of its padding token (id ${config.padTokenId}) is not zero, and the decoder uses it`;
  throw new HeedError("MODEL_UNSUPPORTED", `${path}: ${what}. Heed keeps that embedding at zero.`, { path });
}

function isPaddingZero({ data }: Table, { padTokenId, dModel }: TransformerConfig): boolean {
  return data.subarray(padTokenId * dModel, (padTokenId + 1) * dModel).every((value) => value === 0);
}

function isEqual(a: Table, b: Table): boolean {
  return a === b || a.data.every((value, i) => value === b.data[i]);
}
