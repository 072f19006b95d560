import { encodeCorpus, openCorpus, type PairCorpus } from "../../src/data/index.ts";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import { learnBpe, type Tokenizer } from "../../src/text/index.ts";
import { translationBatches } from "../../src/translation/batches.ts";
import type { StoredBatch } from "./job.ts";
import { VOCABULARY } from "./sizes.ts";

export interface Workload {
  readonly tokenizer: Tokenizer;
  readonly batches: readonly StoredBatch[];
}

export interface WorkloadOptions {
  /** A folder with Multi30k; it is downloaded unless given. */
  readonly dataDir: string | undefined;
  readonly count: number;
  /** Padded tokens of a batch: rows × (longest source + longest target). */
  readonly maxTokens: number;
}

/** The first batches of an epoch of Multi30k English–German, as a training would see them. */
export async function multi30kBatches({ dataDir, count, maxTokens }: WorkloadOptions): Promise<Workload> {
  const spec = { corpus: "multi30k", from: "en", to: "de", ...(dataDir !== undefined && { dataDir }) } as const;
  await using corpus = await openCorpus(spec);
  const tokenizer = await learnBpe(lines(corpus.train), { kind: "wordBoundary", vocabSize: VOCABULARY });
  const encode = (text: string) => tokenizer.encode(text);
  const encoded = await encodeCorpus(corpus.train, { encodeSource: encode, encodeTarget: encode });
  const padTokenId = tokenizer.padId!;
  const source = translationBatches(encoded, { seed: 1, maxTokens, padTokenId, decoderStartTokenId: padTokenId });
  const epoch = await source.epoch(0);
  const batches: StoredBatch[] = [];
  for (let i = 0; i < Math.min(count, epoch.length); i++) {
    const { inputs, labels } = await epoch.batch(i);
    const { inputIds, attentionMask, decoderInputIds } = inputs;
    batches.push({ tensors: [rows(inputIds!), rows(attentionMask!), rows(decoderInputIds!), rows(labels)] });
  }
  return { tokenizer, batches };
}

async function* lines(corpus: PairCorpus): AsyncGenerator<string> {
  for await (const block of corpus.pairs()) for (const { source, target } of block) yield* [source, target];
}

function rows({ shape, data }: TensorData): number[][] {
  const [count, width] = shape as [number, number];
  const numbers = Array.from(data, Number);
  return Array.from({ length: count }, (_, i) => numbers.slice(i * width, (i + 1) * width));
}
