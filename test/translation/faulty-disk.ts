import { readdirSync, rmSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

type Promises = typeof import("node:fs/promises");

/** Which calls of the disk fail: from the one of this number on, counted from 0, as many as `count`, with this code. */
export interface Fault {
  readonly from: number;
  readonly count: number;
  readonly code: string;
  /** Whether removing works all the same, as it does on a full disk. */
  readonly removes?: boolean;
}

/**
 * A disk whose calls within a folder are counted, and fail as they are told to, halfway: half the content is written, half
 * the folder removed. Nothing waits for the real disk.
 */
class FaultyDisk {
  calls: string[] = [];
  #folder = "";
  #fault: Fault | undefined;

  /** Counts from here on what happens in a folder. */
  watch(folder: string, fault?: Fault): void {
    this.calls = [];
    this.#folder = folder;
    this.#fault = fault;
  }

  /** Does what a call does, or fails after what it does halfway. */
  async act<T>(call: string, path: unknown, whole: () => Promise<T>, half?: () => unknown): Promise<T> {
    const error = this.count(call, path);
    if (error === undefined) return whole();
    await half?.();
    throw error;
  }

  count(call: string, path: unknown): Error | undefined {
    if (this.#folder === "" || !String(path).startsWith(this.#folder)) return undefined;
    const number = this.calls.push(`${call} ${path}`) - 1;
    const { from, count, code, removes } = this.#fault ?? { from: Number.POSITIVE_INFINITY, count: 0, code: "" };
    if (number < from || number >= from + count || (removes && call === "rm")) return undefined;
    return Object.assign(new Error(`${code}: something failed, ${call} '${path}'`), { code });
  }
}

export const disk = new FaultyDisk();

const halfOf = <T extends string | Uint8Array>(content: T): T => content.slice(0, content.length / 2) as T;

/** The module `node:fs/promises` on this disk. */
export function faultyPromises(real: Promises): object {
  return {
    ...real,
    open: (path: string, flags?: string) =>
      flags === undefined // For reading, which does not fail here.
        ? real.open(path)
        : disk.act(`open ${flags}`, path, async () => faultyFile(await real.open(path, flags), path)),
    writeFile: (path: string, content: string, options: object) =>
      disk.act(
        "writeFile",
        path,
        () => real.writeFile(path, content, options),
        () => real.writeFile(path, halfOf(content), options),
      ),
    mkdir: (path: string) => disk.act("mkdir", path, () => real.mkdir(path)),
    rename: (path: string, target: string) => disk.act("rename", path, () => real.rename(path, target)),
    rm: (path: string, options: object) =>
      disk.act(
        "rm",
        path,
        () => real.rm(path, options),
        () => removeHalf(path),
      ),
  };
}

/** The module `node:fs` on this disk. */
export function faultyFs(real: typeof import("node:fs")): object {
  return {
    ...real,
    appendFileSync(path: string, text: string) {
      const error = disk.count("appendFile", path);
      real.appendFileSync(path, error === undefined ? text : halfOf(text));
      if (error !== undefined) throw error;
    },
  };
}

function faultyFile(file: FileHandle, path: string): FileHandle {
  const [writeFile, close] = [file.writeFile.bind(file), file.close.bind(file)];
  const faulty = {
    writeFile: (content: string | Uint8Array) =>
      disk.act(
        "write",
        path,
        () => writeFile(content),
        () => writeFile(halfOf(content)),
      ),
    sync: () => disk.act("sync", path, async () => {}),
    close: () => disk.act("close", path, close, close),
  };
  return Object.assign(file, faulty);
}

function removeHalf(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  const [first] = readdirSync(path);
  if (first !== undefined) rmSync(join(path, first), { recursive: true });
}
