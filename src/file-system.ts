import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Whether there is a file or folder. Errors other than its absence pass through. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (cause) => {
      if (isAbsence(cause)) return false;
      throw cause;
    },
  );
}

/** Most bytes that are read at once: the system gives no more than 2 GiB. */
const CHUNK = 2 ** 30;

/** The bytes of a file of any size; Node's own `readFile` refuses those from 2 GiB on. */
export async function readBytes(path: string, chunk = CHUNK): Promise<Uint8Array> {
  await using file = await open(path);
  const bytes = new Uint8Array((await file.stat()).size);
  return bytes.subarray(0, await readInto(file, bytes, 0, chunk));
}

/**
 * Fills `target` with the bytes of a file from `position` on. Returns how many there are: less where the file ends, or was
 * cut off in the meantime.
 */
export async function readInto(file: FileHandle, target: Uint8Array, position: number, chunk = CHUNK): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const length = Math.min(chunk, target.length - filled);
    const { bytesRead } = await file.read(target, filled, length, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Whether an error says that there is nothing at a path. */
export function isAbsence(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "");
}

/**
 * Makes a folder and those above it, as far as they are missing; returns those that it made, the outermost first. Step by
 * step, because Node's own `recursive` never ends where the system makes no folders, such as in /proc.
 */
export async function makeFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await exists(folder)); folder = dirname(folder)) {
    missing.unshift(folder);
    if (dirname(folder) === folder) break;
  }
  // Of a file in the place of the folder `mkdir` says so best.
  if (missing.length === 0 && !(await stat(path)).isDirectory()) await mkdir(path);
  for (const folder of missing) await mkdir(folder).catch(ignoreExisting);
  return missing;
}

/** Another process may have made it in the meantime. */
function ignoreExisting(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "EEXIST") throw cause;
}
