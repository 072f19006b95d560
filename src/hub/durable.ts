import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { HeedError } from "../error.ts";
import { makeFolders } from "../file-system.ts";
import type { FileContent } from "./files.ts";

/**
 * Writes or replaces a small file at once: a kill at any moment leaves the old or the new one, whole.
 *
 * @throws HeedError FILE_UNWRITABLE.
 */
export async function replaceFile(path: string, content: FileContent): Promise<void> {
  const target = resolve(path);
  const fresh = beside(target, "new");
  try {
    await makeFolder(dirname(target));
    await writeSynced(fresh, content);
    await rename(fresh, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true }).catch(() => {});
    throw unwritable(path, cause);
  }
}

/** The name of a file or folder while it is written ("new") or replaced ("old"): hidden, and next to its place. */
export function beside(target: string, role: "new" | "old"): string {
  return join(dirname(target), `.${basename(target)}.${role}`);
}

/** Makes a folder and those above it, as far as they are missing, and waits until their names are on the disk. */
export async function makeFolder(path: string): Promise<void> {
  for (const made of await makeFolders(path)) await syncFolder(dirname(made));
}

/** Writes a file and waits until it is on the disk. */
export async function writeSynced(path: string, content: FileContent): Promise<void> {
  await using(await open(path, "w"), async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
}

/** Waits until the names in a folder are on the disk. Windows has no such call, and some file systems refuse it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  await using(await open(path, "r"), (folder) => folder.sync()).catch((cause) => {
    if (!["EINVAL", "ENOTSUP", "ENOSYS"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
  });
}

async function using(file: FileHandle, action: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await action(file);
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Make room, and try again",
  EDQUOT: "your quota of the disk is used up. Make room, and try again",
  EACCES: "you may not write there. Change its permissions, or choose another place",
  EPERM: "you may not write there. Change its permissions, or choose another place",
  EROFS: "that file system is read-only. Choose another place",
  EIO: "the disk failed. Check it, or choose another place",
};

/** What went wrong with writing to a path, for its user. */
export function unwritable(path: string, cause: unknown): HeedError {
  if (cause instanceof HeedError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = reasons[code ?? ""] ?? `${message}. Choose another place`;
  return new HeedError("FILE_UNWRITABLE", `${path} cannot be written: ${reason}.`, { path, cause });
}
