import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** Those that this thread has made and not yet removed. */
const made = new Set<string>();

/**
 * Makes a folder for files that this process alone uses, which nobody else may enter. It is removed when the process ends;
 * where one was killed, the next that makes such a folder in the same place removes what it left.
 *
 * @param parent The folder for temporary files.
 * @param purpose Stands in its name: "heed-<purpose>-…".
 */
export async function makeTemporaryFolder(parent: string, purpose: string): Promise<string> {
  const prefix = `heed-${purpose}-${await here()}-`;
  await removeLeftovers(parent, prefix);
  const folder = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  if (made.size === 0) process.on("exit", removeAll);
  made.add(folder);
  return folder;
}

/** Removes such a folder and what is in it. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  made.delete(folder);
  if (made.size === 0) process.off("exit", removeAll);
}

function removeAll(): void {
  for (const folder of made) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Windows removes no file that is mapped: the next process does.
    }
  }
}

/** Others that clear at the same time, or may do more, must not stop this process. */
async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const id = name.startsWith(prefix) ? /^(\d+)-[^-]+$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (id === undefined || isAlive(Number(id))) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where the numbers of processes mean the same: a machine or, on Linux, a container. */
async function here(): Promise<string> {
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return createHash("sha256").update(`${hostname()} ${namespace}`).digest("hex").slice(0, 8);
}
