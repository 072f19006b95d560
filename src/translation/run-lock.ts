import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import { HeedError } from "../error.ts";
import { makeFolders } from "../file-system.ts";
import { unwritable } from "../hub/durable.ts";

const LOCK = "training.lock";

/** By when a lock that was just made has its text, in milliseconds. */
const WRITTEN = 300;

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a run's folder, which is made if need be, for one training: two of them would destroy each other's checkpoints.
 * The lock of a process that was killed is taken over.
 *
 * @throws HeedError RUN_IN_USE, FILE_UNWRITABLE
 */
export async function lockRun(folder: string): Promise<AsyncDisposable> {
  const path = resolve(folder, LOCK);
  try {
    await makeFolders(folder);
    if (!(await claim(path))) {
      await refuseIfAlive(path, folder);
      await rm(path, { force: true });
      if (!(await claim(path))) await refuseIfAlive(path, folder);
    }
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  held.add(path);
  const release = async () => {
    held.delete(path);
    await rm(path, { force: true });
  };
  return { [Symbol.asyncDispose]: release };
}

/** Whether the lock was free. */
async function claim(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(JSON.stringify({ process: process.pid, host: hostname() }));
    await file.close();
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

async function refuseIfAlive(path: string, folder: string): Promise<void> {
  const holder = (await readHolder(path)) ?? (await rest(WRITTEN, undefined).then(() => readHolder(path)));
  if (holder === undefined) return;
  if (holder.host === hostname() && !isAlive(holder.process, path)) return;
  const who = `process ${holder.process} on ${holder.host}`;
  const what = `Another training (${who}) works in ${folder}. Wait until it has ended, or stop it`;
  throw new HeedError("RUN_IN_USE", `${what}; if there is none any more, remove ${path}.`, { path: folder });
}

/** A lock that is being written says nothing yet; one whose process was killed meanwhile never will. */
async function readHolder(path: string): Promise<{ readonly process: number; readonly host: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(id: number, path: string): boolean {
  if (id === process.pid) return held.has(path);
  try {
    process.kill(id, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
