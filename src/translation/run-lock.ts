import { randomBytes } from "node:crypto";
import { readdir, readFile, readlink, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { HeedError } from "../error.ts";
import { makeFolder, unwritable } from "../hub/durable.ts";

/** A training that has a folder, or wants it: a file of its own in there, whose name says who it is. */
interface Claim {
  readonly name: string;
  readonly process: number;
  readonly thread: number;
  readonly place: string;
}

/** What the file of a training says that has the folder; before that it is empty. */
const HELD = "held\n";

/** How long to wait for others to decide, and between two looks, in milliseconds. */
const PATIENCE = 5000;
const PAUSE = 20;

/** How often a claim says that its training lives, and after how long a silence it does not, in milliseconds. */
const BEAT = 5000;
const SILENCE = 60_000;

/** Names of the claims of this thread. */
const ours = new Set<string>();

/**
 * Takes a run's folder, which is made if need be, for one training: two of them would destroy each other's checkpoints.
 * Of several that start at the same moment one goes first. A process that was killed holds nothing; where nobody here can
 * tell whether it was, as of another machine or container, it holds nothing after a minute's silence.
 *
 * Each makes its claim before it looks for those of others, and has the folder once it sees none: of two the later one
 * to look sees the other. A claim that is removed because its process is dead can never be that of a living one.
 *
 * @throws HeedError RUN_IN_USE, FILE_UNWRITABLE
 */
export async function lockRun(folder: string): Promise<AsyncDisposable> {
  const thread = `${process.pid}.${threadId}`;
  const name = `training.lock.${thread}.${randomBytes(6).toString("hex")}@${await here()}`;
  const path = join(folder, name);
  const beat = setInterval(() => void touch(path), BEAT).unref();
  const release = async () => {
    clearInterval(beat);
    await rm(path, { force: true }).catch(() => {}); // Where it stays, it goes with this process's end.
    ours.delete(name);
  };
  ours.add(name);
  try {
    await makeFolder(folder);
    await writeFile(path, "", { flag: "wx" });
    await outlast(folder, name);
    await writeFile(path, HELD);
  } catch (cause) {
    await release();
    throw unwritable(folder, cause);
  }
  return { [Symbol.asyncDispose]: release };
}

/** Waits until no other training claims the folder; one that has it, or whose name comes first, is left to have it. */
async function outlast(folder: string, own: string): Promise<void> {
  for (let waited = 0; ; waited += PAUSE) {
    const others = await livingClaims(folder, own);
    if (others.length === 0) return;
    for (const other of others) {
      if (other.name < own || waited >= PATIENCE || (await holds(folder, other))) throw inUse(folder, other);
    }
    await rest(PAUSE);
  }
}

/** Claims of other trainings, after those of the dead were removed. */
async function livingClaims(folder: string, own: string): Promise<Claim[]> {
  const living: Claim[] = [];
  for (const claim of (await readdir(folder)).flatMap(parseClaim)) {
    if (claim.name === own) continue;
    if (await isAlive(folder, claim)) living.push(claim);
    else await rm(join(folder, claim.name), { force: true });
  }
  return living;
}

function parseClaim(name: string): Claim[] {
  const [, id, thread, place] = /^training\.lock\.(\d+)\.(\d+)\.[0-9a-f]+@(.+)$/.exec(name) ?? [];
  return id === undefined ? [] : [{ name, process: Number(id), thread: Number(thread), place: place! }];
}

async function holds(folder: string, { name }: Claim): Promise<boolean> {
  return (await readFile(join(folder, name), "utf8").catch(() => "")) !== "";
}

function inUse(folder: string, { name, process: id, place }: Claim): HeedError {
  const who = `process ${id} on ${decodeURIComponent(place).split(" ")[0]}`;
  const what = `Another training (${who}) works in ${folder}. Wait until it has ended, or stop it`;
  const message = `${what}; if there is none any more, remove ${join(folder, name)}.`;
  return new HeedError("RUN_IN_USE", message, { path: folder });
}

/** Of another thread of this process nobody can tell. */
async function isAlive(folder: string, { name, process: id, thread, place }: Claim): Promise<boolean> {
  if (place !== (await here())) return Date.now() - (await lastBeat(join(folder, name))) < SILENCE;
  if (id === process.pid) return thread !== threadId || ours.has(name);
  try {
    process.kill(id, 0);
    return !(await isZombie(id));
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where the numbers of processes mean the same: a machine or, on Linux, a container. Containers may share their host's name. */
async function here(): Promise<string> {
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return encodeURIComponent(`${hostname()} ${namespace}`.trim());
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {}); // Whoever believes it dead needs a minute for that.
}

/** When a claim last said that its training lives; of one that is gone, never. */
async function lastBeat(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Whether a process was killed and still has its number because its parent never asked for its end, as in containers. */
async function isZombie(id: number): Promise<boolean> {
  const state = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
  return /^\) [ZX]/.test(state.slice(state.lastIndexOf(")")));
}
