import type { EvaluationEvent, StartEvent, StepEvent } from "../train/events.ts";
import type { Schedule } from "../train/schedule.ts";
import type { PrepareEvent, TranslatorEvent } from "../translation/events.ts";
import { formatCount, formatDuration, formatPercent, formatRate, plural } from "./format.ts";
import type { Meter } from "./meter.ts";

/** Where a training ends, as far as its events do not say. */
export interface Limits {
  readonly maxEpochs: number | null;
  readonly maxSeconds: number | null;
  readonly schedule: Schedule;
}

const STAGES = { data: "Read", tokenizer: "Learning a tokenizer from", tokens: "Encoding" } as const;

/** Tells on a meter what happens in a training. */
export function showTraining(meter: Meter, event: TranslatorEvent, limits: Limits): void {
  if (event.type === "step") meter.update(shareDone(event, limits), stepText(event, limits));
  else if (event.type === "evaluation") meter.note(evaluationText(event));
  else if (event.type === "prepare" && event.share !== undefined) meter.update(event.share, prepareText(event));
  else if (event.type === "prepare") meter.note(prepareText(event));
  else if (event.type === "start") for (const line of startLines(event, limits)) meter.note(line);
}

function prepareText({ stage, pairs, vocabSize }: PrepareEvent): string {
  const vocabulary = vocabSize === undefined ? "" : ` with a vocabulary of ${plural(vocabSize, "token")}`;
  return `${STAGES[stage]} ${plural(pairs, "sentence pair")}${vocabulary}`;
}

function startLines({ step, totalSteps, parameters, device }: StartEvent, { schedule }: Limits): string[] {
  const beginning = step === 0 ? "Training" : `Going on after step ${formatCount(step)} with`;
  const start = `${beginning} ${plural(parameters, "parameter")} on ${device}`;
  const warmup = "warmupSteps" in schedule ? schedule.warmupSteps : 0;
  if (totalSteps > warmup) return [start];
  const problem = `The learning rate rises for ${plural(warmup, "step")}, but the training has ${formatCount(totalSteps)}`;
  const advice = "Raise train.maxEpochs, or lower train.maxTokens (smaller batches) or train.schedule.warmupSteps";
  return [start, `${problem}: it will learn little. ${advice}.`];
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
    `lr ${formatRate(learningRate)}`,
    `${formatCount(tokensPerSecond)} tokens/s`,
    `ETA ${formatDuration(secondsLeft)}`,
  ].join("  ");
}

/** What an evaluation found, in a line. */
function evaluationText({ step, loss, perplexity, accuracy, scores, best }: EvaluationEvent): string {
  const found = [
    `loss ${loss.toFixed(3)}`,
    `perplexity ${perplexity.toFixed(2)}`,
    `token accuracy ${formatPercent(accuracy)}`,
    ...Object.entries(scores).map(([name, score]) => `${name === "bleu" ? "BLEU" : name} ${score.toFixed(2)}`),
  ];
  return `Validation at step ${formatCount(step)}: ${found.join(", ")}${best ? " (best so far)" : ""}`;
}
