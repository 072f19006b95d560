import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it, as far as they are missing; returns those that it made, the outermost first. Step by
 * step, because Node's own `recursive` never ends where the system makes no folders, such as in /proc.
 */
export async function makeFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isThere(folder)); folder = dirname(folder)) missing.unshift(folder);
  // Of a file in the place of the folder `mkdir` says so best.
  if (missing.length === 0 && !(await stat(path)).isDirectory()) await mkdir(path);
  for (const folder of missing) await mkdir(folder).catch(ignoreExisting);
  return missing;
}

/** Whether there is anything at a path; a file in the place of a folder above it counts as nothing. */
async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return dirname(path) === path;
      throw cause;
    },
  );
}

/** Another process may have made it in the meantime. */
function ignoreExisting(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "EEXIST") throw cause;
}
