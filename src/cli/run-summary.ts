import { type RecordedEvent, readMetrics } from "../translation/run-metrics.ts";

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
  readonly best?: Recorded<"evaluation">;
}

type Recorded<T extends RecordedEvent["type"]> = Extract<RecordedEvent, { type: T }>;

/** Sums up a run by its metrics.jsonl; undefined where there is none, or no step in it. */
export async function summarizeRun(folder: string): Promise<RunSummary | undefined> {
  const events = await readMetrics(folder);
  const steps = events.filter((event) => event.type === "step");
  const start = events.findLast((event) => event.type === "start");
  const best = events.findLast((event): event is Recorded<"evaluation"> => event.type === "evaluation" && event.best);
  const last = steps.at(-1);
  if (last === undefined || start === undefined) return undefined;
  const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
  const { step, epoch, seconds } = last;
  const { parameters, device } = start;
  return { step, epoch, seconds, tokensPerSecond: tokens / seconds, parameters, device, ...(best && { best }) };
}
