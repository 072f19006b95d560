import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { HeedError } from "../error.ts";
import { exists, isAbsence, makeFolders, readBytes, readInto } from "../file-system.ts";
import { beside, makeFolder, syncFolder, unwritable, writeSynced } from "./durable.ts";
import { type FileContent, isInside, type ModelFiles, type OpenFile } from "./files.ts";

/**
 * Writes a whole folder at once: under a temporary name next to it, every file and folder synced where the platform
 * allows, then renamed. Names may have folders in them ("training/state.json"). A kill at any moment leaves the old
 * folder or the new one; the next `writeFolder` or `tidyFolder` clears away what else it leaves. One writer at a time.
 *
 * An existing folder is replaced only if every file in it has a successor of the same name.
 *
 * No system replaces a folder that is not empty in one step. Between its two renames the old folder lies under a hidden
 * name; `folderFiles` finds it there.
 *
 * @throws HeedError FILE_UNWRITABLE.
 */
export async function writeFolder(path: string, files: ReadonlyMap<string, FileContent>): Promise<void> {
  const target = resolve(path);
  try {
    for (const name of files.keys()) refuseOutside(path, name);
    await settle(target);
    await refuseLoss(path, files);
    await writeFiles(beside(target, "new"), files);
    if (await exists(target)) await rename(target, beside(target, "old"));
    await rename(beside(target, "new"), target);
    await syncFolder(dirname(target));
  } catch (cause) {
    await settle(target).catch(() => {});
    throw unwritable(path, cause);
  }
  await settle(target).catch(() => {}); // The new folder stands; what this leaves goes with the next writing.
}

/**
 * Removes a folder at once: a kill at any moment leaves it whole or gone, and the next `tidyFolder` clears away the rest.
 *
 * @throws HeedError FILE_UNWRITABLE.
 */
export async function removeFolder(path: string): Promise<void> {
  const target = resolve(path);
  try {
    await rm(beside(target, "new"), { recursive: true, force: true });
    await dismantle(target, target);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Ends what a kill interrupted in a folder of folders: the old are put back in their places, left-overs removed. */
export async function tidyFolder(path: string): Promise<void> {
  try {
    const names = (await readdir(path)).flatMap((name) => /^\.(.+)\.(?:new|old)$/.exec(name)?.[1] ?? []);
    for (const name of new Set(names)) await settle(join(resolve(path), name));
  } catch (cause) {
    if (!isAbsence(cause)) throw unwritable(path, cause);
  }
}

/** The files of a folder on a disk. Reading throws HeedError FILE_UNREADABLE. */
export function folderFiles(path: string): Required<ModelFiles> {
  /** What comes of a file, or undefined where there is none of that name. */
  const found = async <T>(name: string, use: (place: string) => Promise<T>): Promise<T | undefined> => {
    const file = join(path, name);
    if (!isInside(name)) throw new HeedError("FILE_UNREADABLE", `${file} is not inside ${path}.`, { path: file });
    try {
      return await use(join(await presentFolder(path), name));
    } catch (cause) {
      if (isAbsence(cause)) return undefined;
      throw unreadable(file, cause);
    }
  };
  return {
    location: path,
    read: (name) => found(name, (place) => readBytes(place)),
    open: (name) => found(name, (place) => openOnDisk(place, join(path, name))),
    async names() {
      const entries = await readdir(await presentFolder(path), { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    },
  };
}

/** @param name What the messages of errors call it. */
async function openOnDisk(place: string, name: string): Promise<OpenFile> {
  const file = await open(place);
  const size = await file.stat().then(
    (found) => found.size,
    async (cause) => {
      await file.close();
      throw cause;
    },
  );
  return {
    size,
    async read(target, position) {
      try {
        const filled = await readInto(file, target, position);
        if (filled < target.length) throw new Error(`it ends at byte ${position + filled}, and had ${size}`);
      } catch (cause) {
        throw unreadable(name, cause);
      }
    },
    close: () => file.close(),
  };
}

function unreadable(path: string, cause: unknown): HeedError {
  const message = `${path} cannot be read: ${(cause as Error).message}. Check its permissions.`;
  return new HeedError("FILE_UNREADABLE", message, { path, cause });
}

/** Where a folder lies: in its place, or, if a kill interrupted its replacement, still under its hidden name. */
export async function presentFolder(path: string): Promise<string> {
  const old = beside(resolve(path), "old");
  return !(await exists(path)) && (await exists(old)) ? old : path;
}

/**
 * Brings an interrupted writing to its end: one whole folder in its place, and nothing beside it. What is called "new" is
 * never relied on, so a folder takes that name before it is taken apart: what is called "old" is always whole.
 */
async function settle(target: string): Promise<void> {
  const [fresh, old] = [beside(target, "new"), beside(target, "old")];
  await rm(fresh, { recursive: true, force: true });
  if (!(await exists(old))) return;
  if (!(await exists(target))) return rename(old, target);
  await dismantle(old, target);
}

/** Takes a folder apart under the name on which nobody relies. */
async function dismantle(folder: string, target: string): Promise<void> {
  const unreliable = beside(target, "new");
  await rename(folder, unreliable);
  await rm(unreliable, { recursive: true, force: true });
}

async function writeFiles(folder: string, files: ReadonlyMap<string, FileContent>): Promise<void> {
  await makeFolder(folder);
  const folders = new Set([folder]);
  for (const [name, content] of files) {
    const file = join(folder, name);
    for (let parent = dirname(file); parent !== folder; parent = dirname(parent)) folders.add(parent);
    await makeFolders(dirname(file));
    await writeSynced(file, content);
  }
  for (const each of folders) await syncFolder(each);
}

function refuseOutside(path: string, name: string): void {
  if (isInside(name)) return;
  const message = `${JSON.stringify(name)} is no name of a file in ${path}: it leads outside, or not every system allows it.`;
  throw new HeedError("FILE_UNWRITABLE", message, { path });
}

async function refuseLoss(path: string, files: ReadonlyMap<string, FileContent>): Promise<void> {
  if (!(await exists(path))) return;
  if (!(await stat(path)).isDirectory()) {
    throw new HeedError("FILE_UNWRITABLE", `${path} is a file, not a folder. Choose another name.`, { path });
  }
  const present = (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
  const lost = present.find((name) => !files.has(name));
  if (lost === undefined) return;
  const message = `${path} holds ${lost}, which would be lost. Choose another folder, or move that file away.`;
  throw new HeedError("FILE_UNWRITABLE", message, { path });
}
