import type { TensorData } from "../../graph/tensor-data.ts";
import { writtenVocabSize } from "../../models/family.ts";
import type { TransformerConfig } from "../../models/transformer/index.ts";
import { equalTables } from "../equal-tables.ts";
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
 * A copy is let go before the next one is read.
 */
export async function readEmbeddings(weights: Weights, config: TransformerConfig): Promise<Found> {
  const { head, shareEncoderDecoderEmbeddings: shares, tieWordEmbeddings: ties } = config;
  const [shape, targetShape] = [config.vocabSize, writtenVocabSize(config)].map((size) => [size, config.dModel]) as [
    number[],
    number[],
  ];
  const shared = shares ? await weights.takeIfPresent(SHARED, shape) : undefined;
  const nameOr = (name: string) => (shares ? SHARED : name);
  const stated = async (name: string, shape: number[]) =>
    (await weights.takeIfPresent(name, shape)) ?? shared ?? (await weights.take(nameOr(name), shape));
  const source = await oneOf(shared, await stated(SOURCE, shape));
  const own = await stated(TARGET, targetShape);
  const target = shares ? await oneOf(source, own) : own;
  const needsOutput = head === "sequenceToSequence" && !ties;
  const output = await (needsOutput ? weights.take(OUTPUT, targetShape) : weights.takeIfPresent(OUTPUT, targetShape));

  const share = shares && source === target;
  const tie = ties && (output === undefined || (await equalTables(output, target)));

  const parameters = new Map([["embedding.source", source]]);
  if (!share) parameters.set("embedding.target", target);
  if (!tie && output) parameters.set("output.weight", fromStored("transposed", output));
  return { config: { shareEncoderDecoderEmbeddings: share, tieWordEmbeddings: tie }, parameters };
}

/** The first table where the second is a copy of it, else the second. */
async function oneOf(first: Table | undefined, second: Table): Promise<Table> {
  return first !== undefined && (await equalTables(first, second)) ? first : second;
}
