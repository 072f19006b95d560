/** Heed's way from two files to the batches of an epoch, as `heed train` goes it. Usage: growth-corpus.ts JOB */
import { type EncodedCorpus, encodeCorpus, type OpenedCorpus, openCorpus } from "../../src/data/index.ts";
import { learnBpe, type Tokenizer } from "../../src/text/index.ts";
import type { Epoch } from "../../src/train/index.ts";
import { translationBatches } from "../../src/translation/batches.ts";
import type { CorpusJob, Stage, StageResult } from "../growth/corpus-stages.ts";
import { peakBytes } from "../machine.ts";
import { serve } from "../peer.ts";

let opened: OpenedCorpus;
let tokenizer: Tokenizer;
let encoded: EncodedCorpus;
let epoch: Epoch;

const job = JSON.parse(process.argv[2]!) as CorpusJob;

const stages: Readonly<Record<Stage, () => Promise<object>>> = {
  async read() {
    const { source, target, validation, workDir } = job;
    opened = await openCorpus({ format: "parallel", source, target, split: { validation } }, { workDir });
    return { pairs: opened.train.size };
  },
  async tokenizer() {
    tokenizer = await learnBpe(bothSides(), { kind: "wordBoundary", vocabSize: job.vocabSize });
    return {};
  },
  async encode() {
    const encode = (text: string) => tokenizer.encode(text);
    encoded = await encodeCorpus(opened.train, { encodeSource: encode, encodeTarget: encode, maxLength: 512 });
    return { pairs: encoded.size };
  },
  async shuffle() {
    const padTokenId = tokenizer.padId!;
    const ids = { padTokenId, decoderStartTokenId: padTokenId };
    epoch = await translationBatches(encoded, { seed: 1, maxTokens: job.maxTokens, ...ids }).epoch(0);
    return { batches: epoch.length };
  },
  async batch() {
    let [rows, tokens] = [0, 0];
    for (let i = 0; i < epoch.length; i++) {
      const batch = await epoch.batch(i);
      rows += batch.labels.shape[0]!;
      tokens += batch.tokens;
    }
    await opened.dispose();
    return { rows, tokens };
  },
};

async function* bothSides(): AsyncGenerator<string> {
  for await (const block of opened.train.pairs()) {
    for (const { source, target } of block) {
      yield source;
      yield target;
    }
  }
}

/** The stage's time and the process's peak of memory so far. */
const measured = (stage: () => Promise<object>) => async (): Promise<StageResult> => {
  const start = performance.now();
  const found = await stage();
  return { seconds: (performance.now() - start) / 1000, peakBytes: await peakBytes(), ...found };
};

await serve(Object.fromEntries(Object.entries(stages).map(([name, stage]) => [name, measured(stage)])));
