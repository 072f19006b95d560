import type { TensorData } from "../../graph/tensor-data.ts";
import { writtenVocabSize } from "../../models/family.ts";
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
export function readEmbeddings(weights: Weights, config: TransformerConfig): Found {
  const { head, shareEncoderDecoderEmbeddings: shares, tieWordEmbeddings: ties } = config;
  const [shape, targetShape] = [config.vocabSize, writtenVocabSize(config)].map((size) => [size, config.dModel]) as [
    number[],
    number[],
  ];
  const shared = shares ? weights.takeIfPresent(SHARED, shape) : undefined;
  const nameOr = (name: string) => (shares ? SHARED : name);
  const source = weights.takeIfPresent(SOURCE, shape) ?? shared ?? weights.take(nameOr(SOURCE), shape);
  const target = weights.takeIfPresent(TARGET, targetShape) ?? shared ?? weights.take(nameOr(TARGET), targetShape);
  const needsOutput = head === "sequenceToSequence" && !ties;
  const output = needsOutput ? weights.take(OUTPUT, targetShape) : weights.takeIfPresent(OUTPUT, targetShape);

  const share = shares && isEqual(source, target);
  const tie = ties && (output === undefined || isEqual(output, target));

  const parameters = new Map([["embedding.source", source]]);
  if (!share) parameters.set("embedding.target", target);
  if (!tie && output) parameters.set("output.weight", fromStored("transposed", output));
  return { config: { shareEncoderDecoderEmbeddings: share, tieWordEmbeddings: tie }, parameters };
}

function isEqual(a: Table, b: Table): boolean {
  return a === b || a.data.every((value, i) => value === b.data[i]);
}
