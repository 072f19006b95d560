import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HeedError } from "../error.ts";
import { isAbsence } from "../file-system.ts";
import { unwritable } from "../hub/durable.ts";
import { readJson } from "../hub/files.ts";
import { type Checkpoints, checkpointFolder, folderFiles, readCheckpoints } from "../hub/node.ts";
import { CHECKPOINTS, POINTERS } from "../hub/run-files.ts";
import { AVERAGED, STOPPED, stepOfName } from "./checkpoint-names.ts";

/** What a checkpoint has beside its model. */
export const PROGRESS = "training/progress.json";
export const OPTIMIZER = "training/optimizer.safetensors";

/** The checkpoints of a run by name, the oldest first. */
export async function checkpointNames(run: string): Promise<string[]> {
  const names = await readdir(join(run, CHECKPOINTS)).catch((cause: unknown) => {
    if (isAbsence(cause)) return [];
    throw unwritable(run, cause);
  });
  return names
    .filter((name) => /^step-\d+(-averaged|-stopped)?$/.test(name))
    .sort((a, b) => stepOfName(a) - stepOfName(b) || (a < b ? -1 : 1));
}

/** Those that a run has whether or not it was stopped in between. */
export async function scheduledCheckpoints(run: string): Promise<string[]> {
  return (await checkpointNames(run)).filter((name) => !name.endsWith(AVERAGED) && !name.endsWith(STOPPED));
}

/** Which checkpoints are the latest and the best; undefined before there is one. */
export async function pointersOf(run: string): Promise<Checkpoints | undefined> {
  const pointers = await readCheckpoints(run);
  if (pointers !== undefined) return pointers;
  const names = await checkpointNames(run);
  const [only] = names;
  if (only === undefined) return undefined;
  if (names.length === 1 && !only.endsWith(AVERAGED)) return pointersTo(run, only);
  const missing = `${run} holds checkpoints, but no ${POINTERS}, which names the latest of them`;
  const advice = `Restore it, such as { "latest": "${names.at(-1)}" }, or move them away`;
  throw new HeedError("FILE_NOT_FOUND", `${missing}. ${advice}.`, { path: run });
}

/** Of a kill after the first checkpoint was saved and before it was named. */
async function pointersTo(run: string, name: string): Promise<Checkpoints> {
  const folder = checkpointFolder(run, name);
  const progress = await readProgress(folder);
  const best = progress?.evaluated === progress?.step && (progress?.best?.since ?? 0) === 0;
  return { latest: name, best: best ? name : undefined };
}

const count = z.int().nonnegative();
const limit = count.nullable();
const progressSchema = z.strictObject({
  step: count,
  epoch: count,
  batch: count,
  seconds: z.number().nonnegative(),
  evaluated: count,
  best: z
    .union([
      z.strictObject({ by: z.string(), loss: z.number(), scores: z.record(z.string(), z.number()), since: count }),
      z.strictObject({ score: z.number(), since: count }),
    ])
    .nullable(),
  data: z.string().optional(),
  settled: z.strictObject({ maxTokens: count, maxEpochs: limit, warmupSteps: limit, bestBy: z.string() }).optional(),
  plan: z.strictObject({ order: z.string(), batches: count, inFirst: count }).optional(),
});

/** As a checkpoint has it: of the best, earlier versions kept but one number, of which more was better. */
export type StoredProgress = z.output<typeof progressSchema>;

/**
 * Where the run of a checkpoint stood; undefined where the checkpoint does not say.
 *
 * @throws HeedError FORMAT_INVALID
 */
export async function readProgress(checkpoint: string): Promise<StoredProgress | undefined> {
  const path = join(checkpoint, PROGRESS);
  const json = await readJson(folderFiles(checkpoint), PROGRESS);
  if (json === undefined) return undefined;
  const checked = progressSchema.safeParse(json);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const what = `${path} is no progress of a training: ${issue?.path.join(".")}: ${issue?.message}`;
  throw new HeedError("FORMAT_INVALID", `${what}. Restore it, or start a new run.`, { path });
}
