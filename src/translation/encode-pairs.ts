import type { PairCorpus } from "../data/corpus.ts";
import { type EncodedCorpus, type EncodeOptions, encodeCorpus } from "../data/encoded.ts";
import { HeedError } from "../error.ts";
import { encodeUpTo } from "../inference/encode-up-to.ts";
import type { MergeDropout } from "../text/bpe-dropout.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { inRecipe } from "../train/advice.ts";
import { told } from "../train/event-queue.ts";
import type { PrepareEvent } from "./events.ts";
import { seldom } from "./seldom.ts";

/** How the pairs of a corpus become tokens. */
export interface PairEncoding {
  readonly tokenizer: Tokenizer;
  /** Pairs with more tokens than this on either side are left out. */
  readonly maxLength: number;
  /**
   * For one epoch's tokens: they stay in memory, and what it does not take is encoded again. A text that would be too
   * long keeps all merges.
   */
  readonly dropout?: MergeDropout | undefined;
}

/**
 * Encodes the pairs of a corpus, and tells how far that is.
 * @throws HeedError DATA_INVALID where no pair is left
 */
export async function* encodePairs(
  corpus: PairCorpus,
  encoding: PairEncoding,
  signal: AbortSignal | undefined,
): AsyncGenerator<PrepareEvent, EncodedCorpus, undefined> {
  return yield* told<PrepareEvent, EncodedCorpus>((tell, within) => {
    const onPairs = (pairs: number) => tell({ type: "prepare", stage: "tokens", pairs, share: pairs / corpus.size });
    return encodedPairs(corpus, encoding, { signal: within, onPairs: seldom(onPairs) });
  }, signal);
}

/**
 * Encodes the pairs of a corpus.
 * @throws HeedError DATA_INVALID where no pair is left
 */
export async function encodedPairs(
  corpus: PairCorpus,
  { tokenizer, maxLength, dropout }: PairEncoding,
  options: Pick<EncodeOptions, "signal" | "onPairs">,
): Promise<EncodedCorpus> {
  const spelled = (text: string, dropped?: MergeDropout) =>
    encodeUpTo((beginning) => tokenizer.encode(beginning, { dropout: dropped }), text, maxLength);
  const encode = (text: string) => {
    const ids = spelled(text, dropout);
    return dropout === undefined || ids.length <= maxLength ? ids : spelled(text);
  };
  const inMemoryOnly = dropout !== undefined;
  const sides = { encodeSource: encode, encodeTarget: encode };
  const encoded = await encodeCorpus(corpus, { ...options, ...sides, maxLength, inMemoryOnly });
  if (encoded.size > 0) return encoded;
  throw new HeedError(
    "DATA_INVALID",
    `No pair is left: all ${corpus.size} are empty or longer than ${maxLength} tokens. ` +
      `Give shorter sentences, or let the model take longer ones: ${inRecipe("model", { maxPositionEmbeddings: 4 * maxLength })}`,
  );
}
