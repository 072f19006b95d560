import { equalTables } from "./equal-tables.ts";
import type { Found } from "./kind.ts";
import { fromStored } from "./layout.ts";
import type { Weights } from "./weights.ts";

/** A model of which a config says whether its embeddings are also its output projection. */
interface TiedConfig {
  readonly head: string;
  readonly tieWordEmbeddings: boolean;
  readonly vocabSize: number;
  readonly hiddenSize: number;
}

/**
 * Embeddings and output projection of a file whose config says that they are one: as in transformers 5, they are two where the
 * file has both and they differ, and where it has one only, that is both.
 *
 * @param table The name of the embeddings.
 * @param output The name of the output projection.
 * @throws HeedError as `Weights.take`
 */
export async function readTied<C extends TiedConfig>(
  { head, tieWordEmbeddings, vocabSize, hiddenSize }: C,
  weights: Weights,
  table: string,
  output: string,
): Promise<Found<C>> {
  const nothing = { config: {}, parameters: new Map() };
  if (head !== "nextToken" || !tieWordEmbeddings || weights.typeOf(output) === undefined) return nothing;
  if (weights.typeOf(table) === undefined) {
    weights.alias((name) => (name === output ? table : name));
    return nothing;
  }
  const shape = [vocabSize, hiddenSize];
  const [tokens, projection] = [await weights.take(table, shape), await weights.take(output, shape)];
  const parameters = new Map([["embedding.tokens", tokens]]);
  if (await equalTables(tokens, projection)) return { config: {}, parameters };
  parameters.set("output.weight", fromStored("transposed", projection));
  return { config: { tieWordEmbeddings: false } as Partial<C>, parameters };
}
