import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { replaceFile, unwritable } from "../hub/durable.ts";
import { folderFiles } from "../hub/folder.ts";
import type { Progress } from "../train/checkpoint.ts";
import type { TrainEvent } from "../train/events.ts";

/** The file of a run with its events, one a line. */
export const METRICS = "metrics.jsonl";

/** All events of a run, of all sittings; none where there is no such file. Errors: FILE_UNREADABLE. */
export async function readMetrics(run: string): Promise<RecordedEvent[]> {
  const bytes = await folderFiles(run).read(METRICS);
  return new TextDecoder().decode(bytes).split("\n").flatMap(parseEvent);
}

/** Replaces the events of a run. Errors: FILE_UNWRITABLE. */
export async function writeMetrics(run: string, events: readonly RecordedEvent[]): Promise<void> {
  await replaceFile(join(run, METRICS), events.map(lineOf).join(""));
}

/**
 * Adds an event to those of a run: at once, so that a kill loses none; a line is a few dozen microseconds.
 *
 * @throws HeedError FILE_UNWRITABLE
 */
export function appendMetric(run: string, event: TrainEvent): void {
  const path = join(run, METRICS);
  try {
    appendFileSync(path, lineOf(event));
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Events up to a checkpoint: of the evaluation at its step, where it has one, no repetition. */
export function metricsUntil(
  { step, evaluated }: Pick<Progress, "step" | "evaluated">,
  events: readonly RecordedEvent[],
): RecordedEvent[] {
  let atStep = evaluated === step ? 1 : 0;
  return events.filter((event) => {
    if (event.step > step) return false;
    return event.type !== "evaluation" || event.step < step || atStep-- > 0;
  });
}

const number = z.number();
/**
 * What is asked of a line: all that is read of it later. Other keys are kept as they are. JSON has no Infinity: what was
 * one is null.
 */
const eventSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("start"), step: number, parameters: number, device: z.string() }),
  z.looseObject({
    ...{ type: z.literal("step"), step: number, epoch: number, loss: number },
    ...{ tokens: number, tokensPerSecond: number.nullable(), seconds: number },
  }),
  z.looseObject({
    ...{ type: z.literal("evaluation"), step: number, epoch: number, loss: number, perplexity: number.nullable() },
    ...{ accuracy: number, scores: z.record(z.string(), number), best: z.boolean(), bestBy: z.string().optional() },
  }),
  z.looseObject({ type: z.literal("checkpoint"), step: number, name: z.string() }),
  z.looseObject({ type: z.literal("end"), step: number, reason: z.string(), seconds: number }),
]);

/** An event as a run kept it, perhaps one of an earlier version. */
export type RecordedEvent = z.output<typeof eventSchema>;

const lineOf = (event: TrainEvent | RecordedEvent): string => `${JSON.stringify(event)}\n`;

/** A line that a kill cut off is no event. */
function parseEvent(line: string): RecordedEvent[] {
  try {
    const event = JSON.parse(line);
    return eventSchema.safeParse(event).success ? [event] : [];
  } catch {
    return [];
  }
}
