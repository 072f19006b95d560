import { HeedError } from "../../error.ts";
import { hasDecoder, type T5Config } from "../../models/t5/index.ts";
import { equalTables } from "../equal-tables.ts";
import type { Found } from "../kind.ts";
import { fromStored } from "../layout.ts";
import type { Weights } from "../weights.ts";
import { prefixOf } from "./layout.ts";

/**
 * The embeddings and the output projection. Whatever its config says, a file may hold one table for both, or copies of it;
 * an output projection that differs is one of its own, as in `transformers`. Where the encoder alone is read, a decoder is
 * left out.
 *
 * @param path The config.json, for messages.
 * @throws HeedError MODEL_UNSUPPORTED where a stack has embeddings of its own
 */
export async function readTables(config: T5Config, weights: Weights, path: string): Promise<Found<T5Config>> {
  const prefix = prefixOf(config.head);
  const shape = [config.vocabSize, config.hiddenSize];
  if (!hasDecoder(config)) weights.ignore(/^(transformer\.)?decoder\./);
  const takeIfPresent = async (name: string) => await weights.takeIfPresent(`${name}.weight`, shape);
  const shared = await takeIfPresent(`${prefix}shared`);
  const copies = await Promise.all(STACKS.map((stack) => takeIfPresent(`${prefix}${stack}.embed_tokens`)));
  const output = await takeIfPresent("lm_head");
  const tokens = shared ?? copies[0] ?? (await weights.take(`${prefix}shared.weight`, shape));
  for (const [i, copy] of copies.entries()) {
    if (copy !== undefined && !(await equalTables(copy, tokens))) throw ownTable(STACKS[i]!, path);
  }
  const parameters = new Map([["embedding.tokens", tokens]]);
  const isTied = output === undefined || config.head !== "sequenceToSequence" || (await equalTables(output, tokens));
  if (!isTied) parameters.set("output.weight", fromStored("transposed", output));
  return { config: { tieWordEmbeddings: isTied }, parameters };
}

const STACKS = ["encoder", "decoder"] as const;

function ownTable(stack: string, path: string): HeedError {
  const message = `${path}: in the weights beside it, ${stack}.embed_tokens.weight differs from the shared embeddings.`;
  return new HeedError("MODEL_UNSUPPORTED", `${message} Heed has one table for encoder and decoder.`, { path });
}
