import { perplexity, tokenAccuracy } from "../evaluate/index.ts";
import type { Translator } from "../generate/translate.ts";
import { formatCount, plural } from "./format.ts";
import type { Io } from "./io.ts";
import { createMeter } from "./meter.ts";

/** Translations scored between two signs of progress: enough to make batches of similar length. */
const BLOCK = 256;

/** How well a model predicts given translations, token by token. */
export interface Prediction {
  readonly perplexity: number;
  /** The share of tokens that the model finds the most probable, 0 to 1. */
  readonly accuracy: number;
  /** How many tokens were predicted, the ends of sentences included. */
  readonly tokens: number;
}

/** Has the model predict each reference from its source, with progress on standard error. */
export async function scoreAll(
  translator: Translator,
  sources: readonly string[],
  references: readonly string[],
  { truncate }: { readonly truncate?: boolean },
  io: Io,
): Promise<Prediction> {
  const meter = createMeter(io.stderr);
  const [labels, predictions]: [number[], number[]] = [[], []];
  let negativeLogLikelihood = 0;
  const show = (done: number) =>
    meter.update(done / sources.length, `${formatCount(done)} of ${plural(sources.length, "reference")} predicted`);
  try {
    for (let from = 0; from < sources.length; from += BLOCK) {
      show(from);
      const [texts, translations] = [sources, references].map((all) => all.slice(from, from + BLOCK));
      const scored = await translator.score(texts!, translations!, { top: 1, truncate, firstLine: from + 1 });
      for (const { logProb, tokens } of scored) {
        negativeLogLikelihood -= logProb;
        for (const { id, top } of tokens) {
          labels.push(id);
          predictions.push(top[0]!.id);
        }
      }
    }
    show(sources.length);
  } finally {
    meter.stop();
  }
  const { accuracy, total } = tokenAccuracy(predictions, labels);
  return { perplexity: perplexity(negativeLogLikelihood, total), accuracy, tokens: total };
}
