import type { TensorData } from "../../graph/tensor-data.ts";
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
  const shape = [config.vocabSize, config.dModel];
  const shared = config.shareEncoderDecoderEmbeddings ? await weights.takeIfPresent(SHARED, shape) : undefined;
  const nameOr = (name: string) => (config.shareEncoderDecoderEmbeddings ? SHARED : name);
  const table = async (name: string) => (await weights.takeIfPresent(name, shape)) ?? shared;
  const source = await oneOf(shared, (await table(SOURCE)) ?? (await weights.take(nameOr(SOURCE), shape)));
  const own = (await table(TARGET)) ?? (await weights.take(nameOr(TARGET), shape));
  const target = config.shareEncoderDecoderEmbeddings ? await oneOf(source, own) : own;
  const output = await (config.tieWordEmbeddings ? weights.takeIfPresent(OUTPUT, shape) : weights.take(OUTPUT, shape));

  const share = config.shareEncoderDecoderEmbeddings && source === target;
  const tie = config.tieWordEmbeddings && (output === undefined || (await equalTables(output, target)));

  const parameters = new Map([["embedding.source", source]]);
  if (!share) parameters.set("embedding.target", target);
  if (!tie) parameters.set("output.weight", fromStored("transposed", output!));
  return { config: { shareEncoderDecoderEmbeddings: share, tieWordEmbeddings: tie }, parameters };
}

/** The first table where the second is a copy of it, else the second. */
async function oneOf(first: Table | undefined, second: Table): Promise<Table> {
  return first !== undefined && (await equalTables(first, second)) ? first : second;
}
