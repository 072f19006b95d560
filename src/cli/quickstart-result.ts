import type { OpenedCorpus } from "../data/open.ts";
import type { Recipe } from "../translation/recipe.ts";
import type { RunSummary } from "./run-summary.ts";

/** What a quickstart came to, as it is left in its folder. */
export interface QuickstartResult {
  readonly bleu: number;
  readonly signature: string;
  readonly from: string;
  readonly to: string;
  readonly trainSeconds: number;
  /** From the start of the program to the score, in this sitting. */
  readonly totalSeconds: number;
  readonly tokensPerSecond: number;
  readonly steps: number;
  readonly epochs: number;
  readonly parameters: number;
  readonly device: string;
  readonly seed: number;
  /** Sentence pairs in each part. */
  readonly splitSizes: { readonly train: number; readonly validation: number; readonly test: number };
}

/** The result of a run that has just been scored. */
export function quickstartResult(
  { data: { from, to }, train: { seed } }: Recipe,
  { seconds, tokensPerSecond, step, epoch, parameters, device }: RunSummary,
  { train, validation, test }: OpenedCorpus,
  { score, signature }: { score: number; signature: string },
): QuickstartResult {
  return {
    bleu: score,
    signature,
    from: from!,
    to: to!,
    trainSeconds: seconds,
    totalSeconds: performance.now() / 1000,
    tokensPerSecond,
    steps: step,
    epochs: epoch,
    parameters,
    device,
    seed,
    splitSizes: { train: train.size, validation: validation?.size ?? 0, test: test?.size ?? 0 },
  };
}
