import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EvaluationEvent, StartEvent, StepEvent, TrainEvent } from "../train/events.ts";

/** What the metrics of a run tell of it. */
export interface RunSummary {
  readonly step: number;
  readonly epoch: number;
  /** Of training, all sittings, evaluation left out. */
  readonly seconds: number;
  /** Source and target tokens, padding left out, divided by the seconds. */
  readonly tokensPerSecond: number;
  readonly parameters: number;
  readonly device: string;
  readonly best?: EvaluationEvent;
}

/** Sums up a run by its metrics.jsonl; undefined where there is none, or no step in it. */
export async function summarizeRun(folder: string): Promise<RunSummary | undefined> {
  const text = await readFile(join(folder, "metrics.jsonl"), "utf8").catch(() => "");
  const events = text.split("\n").flatMap(parseEvent);
  const steps = events.filter((event): event is StepEvent => event.type === "step");
  const start = events.findLast((event): event is StartEvent => event.type === "start");
  const best = events.findLast((event): event is EvaluationEvent => event.type === "evaluation" && event.best);
  const last = steps.at(-1);
  if (last === undefined || start === undefined) return undefined;
  const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
  const { step, epoch, seconds } = last;
  const { parameters, device } = start;
  return { step, epoch, seconds, tokensPerSecond: tokens / seconds, parameters, device, ...(best && { best }) };
}

/** A line that a kill cut off is no event. */
function parseEvent(line: string): TrainEvent[] {
  try {
    return [JSON.parse(line) as TrainEvent];
  } catch {
    return [];
  }
}
