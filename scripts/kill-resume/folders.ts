import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What two trainings of one recipe may differ in: how long they took. */
const TIMES = new Set(["seconds", "secondsLeft", "tokensPerSecond"]);

export const checkpointsOf = (run: string): string => join(run, "checkpoints");

/** What shows in a folder that a training was killed while it saved: half a checkpoint, one not named yet, one too many. */
export function savingTraces(run: string, keep: number): string[] {
  const names = existsSync(checkpointsOf(run)) ? readdirSync(checkpointsOf(run)).sort() : [];
  const hidden = names.filter((name) => name.startsWith("."));
  const scheduled = names.filter((name) => !name.startsWith(".") && !name.endsWith("-averaged"));
  const { latest = "", best = "" } = pointersOf(run) ?? {};
  const odd = scheduled.filter((name, i) => name > latest || (i < scheduled.length - keep && name !== best));
  const pointers = ".checkpoints.json.new";
  return [...hidden, ...odd, ...(existsSync(join(run, pointers)) ? [pointers] : [])];
}

/** What a run names its latest and best checkpoint; undefined before there is one. */
export function pointersOf(run: string): { readonly latest: string; readonly best?: string } | undefined {
  const path = join(run, "checkpoints.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** The checkpoints of a run that can be seen. */
export function visibleCheckpoints(run: string): string[] {
  if (!existsSync(checkpointsOf(run))) return [];
  return readdirSync(checkpointsOf(run)).filter((name) => !name.startsWith("."));
}

/**
 * Where two folders first differ, in files or their bytes; undefined where nowhere. Times are left out of metrics and
 * progress, and of metrics all but steps and evaluations.
 */
export function difference(found: string, expected: string): string | undefined {
  const [here, there] = [filesIn(found), filesIn(expected)];
  const extra = here.find((name) => !there.includes(name)) ?? there.find((name) => !here.includes(name));
  if (extra !== undefined) return `${extra} is only in ${here.includes(extra) ? found : expected}`;
  for (const name of here) {
    const [a, b] = [contentOf(join(found, name)), contentOf(join(expected, name))];
    if (!a.equals(b)) return `${join(found, name)} is not ${join(expected, name)}: ${firstDifference(a, b)}`;
  }
  return undefined;
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => !statSync(join(folder, name)).isDirectory()).sort();
}

function contentOf(path: string): Buffer {
  const bytes = readFileSync(path);
  if (path.endsWith("progress.json")) return withoutTimes([bytes.toString()]);
  if (!path.endsWith("metrics.jsonl")) return bytes;
  const lines = bytes.toString().split("\n");
  return withoutTimes(lines.filter((line) => /^\{"type":"(step|evaluation)"/.test(line)));
}

function withoutTimes(texts: readonly string[]): Buffer {
  const objects = texts.map((text) => JSON.parse(text, (key, value) => (TIMES.has(key) ? undefined : value)));
  return Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
}

function firstDifference(a: Buffer, b: Buffer): string {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  const where = at === -1 ? Math.min(a.length, b.length) : at;
  return `byte ${where} of ${a.length} is ${a[where] ?? "none"}, not ${b[where] ?? "none"} of ${b.length}`;
}
