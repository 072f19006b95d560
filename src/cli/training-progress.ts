import type { EvaluationEvent, StartEvent, StepEvent } from "../train/events.ts";
import type { TrainSettings } from "../train/settings.ts";
import type { PrepareEvent, TranslatorEvent } from "../translation/events.ts";
import { formatCount, formatDuration, formatPercent, formatRate, plural } from "./format.ts";
import type { Meter } from "./meter.ts";

/** Where a training ends, and what makes a checkpoint the best, which its events do not say. */
export type Limits = Pick<TrainSettings, "maxEpochs" | "maxSeconds" | "bestBy">;

const STAGES = { data: "Read", tokenizer: "Learning a tokenizer from", tokens: "Encoding" } as const;

/** Tells on a meter what happens in a training. */
export function showTraining(meter: Meter, event: TranslatorEvent, limits: Limits): void {
  if (event.type === "step") meter.update(shareDone(event, limits), stepText(event, limits));
  else if (event.type === "evaluation") meter.note(evaluationText(event, limits));
  else if (event.type === "prepare" && event.share !== undefined) meter.update(event.share, prepareText(event));
  else if (event.type === "prepare") meter.note(prepareText(event));
  else if (event.type === "start") for (const line of startLines(event)) meter.note(line);
}

function prepareText({ stage, pairs, vocabSize }: PrepareEvent): string {
  const vocabulary = vocabSize === undefined ? "" : ` with a vocabulary of ${plural(vocabSize, "token")}`;
  return `${STAGES[stage]} ${plural(pairs, "sentence pair")}${vocabulary}`;
}

function startLines({ step, parameters, device, warning }: StartEvent): string[] {
  const beginning = step === 0 ? "Training" : `Going on after step ${formatCount(step)} with`;
  const start = `${beginning} ${plural(parameters, "parameter")} on ${device}`;
  return warning === undefined ? [start] : [start, warning];
}

function shareDone({ step, totalSteps, seconds }: StepEvent, { maxSeconds }: Limits): number {
  return Math.min(1, Math.max(step / totalSteps, maxSeconds === null ? 0 : seconds / maxSeconds));
}

function stepText(event: StepEvent, { maxEpochs }: Limits): string {
  const { step, totalSteps, epoch, loss, learningRate, tokensPerSecond, secondsLeft } = event;
  return [
    `epoch ${epoch}${maxEpochs === null ? "" : `/${maxEpochs}`}`,
    `step ${formatCount(step)}${Number.isFinite(totalSteps) ? `/${formatCount(totalSteps)}` : ""}`,
    `loss ${loss.toFixed(3)}`,
    `${formatCount(tokensPerSecond)} tokens/s`,
    `ETA ${formatDuration(secondsLeft)}`,
    `lr ${formatRate(learningRate)}`,
  ].join("  ");
}

/** What an evaluation found, in a line. The number that decides which checkpoint is the best says so. */
function evaluationText(event: EvaluationEvent, { bestBy }: Limits): string {
  const { step, loss, accuracy, scores, best } = event;
  const mark = (name: string, what: string) => (best && name === bestBy ? ` (${what} so far)` : "");
  const found = [
    ...Object.entries(scores).map(
      ([name, score]) => `${name === "bleu" ? "BLEU" : name} ${score.toFixed(2)}${mark(name, "highest")}`,
    ),
    `loss ${loss.toFixed(3)}${mark("loss", "lowest")}`,
    `accuracy ${formatPercent(accuracy)}`,
  ];
  return `Validation at step ${formatCount(step)}: ${found.join(", ")}`;
}
