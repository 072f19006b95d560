import { inRecipe } from "../train/advice.ts";
import type { EndEvent, EvaluationEvent, StartEvent, StepEvent } from "../train/events.ts";
import type { TrainSettings } from "../train/settings.ts";
import { warmupOf } from "../train/settle.ts";
import type { PrepareEvent, TranslationScores, TranslatorEvent } from "../translation/events.ts";
import { formatCount, formatDuration, formatPercent, formatRate, plural } from "./format.ts";
import type { Meter } from "./meter.ts";
import { scoreName } from "./show/best.ts";

/** Where a training ends, as its start says and its steps do not. */
export type Limits = Pick<TrainSettings, "maxEpochs" | "maxSeconds">;

const NO_LIMITS: Limits = { maxEpochs: null, maxSeconds: null };

const STAGES = { data: "Read", tokenizer: "Learning a tokenizer from", tokens: "Encoding" } as const;

/** Tells on a meter what happens in a training; before its start no limits matter. */
export function showTraining(meter: Meter, event: TranslatorEvent, limits: Limits = NO_LIMITS): void {
  if (event.type === "step") meter.update(shareDone(event, limits), stepText(event, limits));
  else if (event.type === "evaluation") meter.note(evaluationText(event));
  else if (event.type === "prepare" && event.share !== undefined) meter.update(event.share, prepareText(event));
  else if (event.type === "prepare") meter.note(prepareText(event));
  else if (event.type === "start") for (const line of startLines(event)) meter.note(line);
}

function prepareText({ stage, pairs, vocabSize }: PrepareEvent): string {
  const vocabulary = vocabSize === undefined ? "" : ` with a vocabulary of ${plural(vocabSize, "token")}`;
  return `${STAGES[stage]} ${plural(pairs, "sentence pair")}${vocabulary}`;
}

function startLines(event: StartEvent): string[] {
  const { step, parameters, device, warning } = event;
  const beginning = step === 0 ? "Training" : `Going on after step ${formatCount(step)} with`;
  const lines = [`${beginning} ${plural(parameters, "parameter")} on ${device}`, settingsText(event)];
  return warning === undefined ? lines : [...lines, warning];
}

/** What a recipe may leave open, and what limits the training. */
function settingsText({ settings, totalSteps }: StartEvent): string {
  const { maxTokens, accumulate, maxEpochs, maxSeconds, schedule, bestBy } = settings;
  const warmup = warmupOf(schedule);
  return [
    `${accumulate === 1 ? "Batches" : `${formatCount(accumulate)} batches a step`} of ${formatCount(maxTokens)} tokens`,
    ...(maxEpochs === null ? [] : [plural(maxEpochs, "epoch")]),
    ...(totalSteps === null ? [] : [`${plural(totalSteps, "step")} in all`]),
    ...(maxSeconds === null ? [] : [`at most ${formatDuration(maxSeconds)}`]),
    ...(warmup === null ? [] : [`warm-up of ${plural(warmup, "step")}`]),
    `best by ${scoreName(bestBy)}`,
  ].join(", ");
}

function shareDone({ step, totalSteps, seconds }: StepEvent, { maxSeconds }: Limits): number {
  const ofSteps = totalSteps === null ? 0 : step / totalSteps;
  return Math.min(1, Math.max(ofSteps, maxSeconds === null ? 0 : seconds / maxSeconds));
}

function stepText(event: StepEvent, { maxEpochs }: Limits): string {
  const { step, totalSteps, epoch, loss, learningRate, tokensPerSecond, secondsLeft } = event;
  return [
    `epoch ${epoch}${maxEpochs === null ? "" : `/${maxEpochs}`}`,
    `step ${formatCount(step)}${totalSteps === null ? "" : `/${formatCount(totalSteps)}`}`,
    `loss ${loss.toFixed(3)}`,
    ...(tokensPerSecond === null ? [] : [`${formatCount(tokensPerSecond)} tokens/s`]),
    ...(secondsLeft === null ? [] : [`ETA ${formatDuration(secondsLeft)}`]),
    `lr ${formatRate(learningRate)}`,
  ].join("  ");
}

/** What an evaluation found, in a line. The number that decides which checkpoint is the best says so. */
function evaluationText(event: EvaluationEvent<TranslationScores>): string {
  const { step, loss, accuracy, scores, best, bestBy } = event;
  const mark = (name: string, what: string) => (best && name === bestBy ? ` (${what} so far)` : "");
  const found = [
    ...(scores.bleu === undefined ? [] : [`BLEU ${scores.bleu.toFixed(2)}${mark("bleu", "highest")}`]),
    `loss ${loss.toFixed(3)}${mark("loss", "lowest")}`,
    `accuracy ${formatPercent(accuracy)}`,
  ];
  return `Step ${formatCount(step)}, validation: ${found.join(", ")}`;
}

const REASONS: Readonly<Record<EndEvent["reason"], string>> = {
  finished: "Finished",
  stopped: "Stopped and saved",
  noImprovement: "Ended for lack of improvement",
  timeLimit: "Ended at the time limit",
};

/** How a training ended; where there was nothing left to do, how to go on. */
export function endText({ reason, step }: EndEvent, start: StartEvent | undefined): string {
  if (start === undefined || step !== start.step || (reason !== "finished" && reason !== "timeLimit")) {
    return `${REASONS[reason]} after step ${formatCount(step)}`;
  }
  return `No step is left after step ${formatCount(step)}. To train on, raise what ends it: ${twiceAsLong(start.settings)}`;
}

function twiceAsLong({ maxEpochs, maxSteps, maxSeconds }: TrainSettings): string {
  const limits = Object.entries({ maxEpochs, maxSteps, maxSeconds });
  return inRecipe(
    "train",
    Object.fromEntries(limits.flatMap(([key, limit]) => (limit === null ? [] : [[key, 2 * limit]]))),
  );
}
