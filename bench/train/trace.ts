import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { total } from "../statistics.ts";

/** An event as ONNX Runtime's profiler writes it. */
export interface TraceEvent {
  readonly name: string;
  /** Start and duration in µs. */
  readonly ts: number;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

/** The traces in a folder, one for each program, the largest first. */
export async function readTraces(folder: string): Promise<TraceEvent[][]> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.map((text) => JSON.parse(text) as TraceEvent[]).sort((a, b) => b.length - a.length);
}

export const isKernel = ({ name }: TraceEvent): boolean => name.endsWith("_kernel_time");

export const secondsOf = (events: readonly TraceEvent[]): number => total(events.map(({ dur }) => dur)) / 1e6;

/** Events by key, the costliest first. */
export function costliest(events: readonly TraceEvent[], key: (event: TraceEvent) => string): [string, TraceEvent[]][] {
  const groups = new Map<string, TraceEvent[]>();
  for (const event of events) {
    const group = groups.get(key(event));
    if (group === undefined) groups.set(key(event), [event]);
    else group.push(event);
  }
  return [...groups].sort(([, a], [, b]) => secondsOf(b) - secondsOf(a));
}
