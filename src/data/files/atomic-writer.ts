import { randomUUID } from "node:crypto";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { HeedError } from "../../error.ts";
import { makeFolders } from "../../file-system.ts";
import { writeError } from "./file-error.ts";

const BUFFER = 256 * 1024;

/**
 * Several text files that appear together: they are written under temporary names beside their places, and renamed by
 * `commit` once all of them are on the disk. Each is there whole or not at all. A link stays one, and its file is
 * replaced; what is no file, such as a pipe or /dev/stdout, is written to as it is.
 */
export class AtomicWriter {
  readonly #files = new Map<string, PendingFile>();

  /** Appends text to the file that will lie at `path`. */
  async write(path: string, text: string): Promise<void> {
    await this.#attempt(path, async () => {
      let file = this.#files.get(path);
      if (file === undefined) {
        file = await PendingFile.create(path);
        this.#files.set(path, file);
      }
      await file.write(text);
    });
  }

  /** Puts all files in their places, none where one of these is a folder's. */
  async commit(): Promise<void> {
    for (const [path, file] of this.#files) {
      await this.#attempt(path, async () => {
        await file.finish();
        if (await isFolder(path)) throw new Error("it is a folder");
      });
    }
    for (const [path, file] of this.#files) await this.#attempt(path, () => file.publish());
    this.#files.clear();
  }

  /** Removes what was written and not committed. */
  async discard(): Promise<void> {
    for (const file of this.#files.values()) await file.discard();
    this.#files.clear();
  }

  async #attempt(path: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      throw writeError(path, cause);
    }
  }
}

/** @throws HeedError FILE_UNWRITABLE when one of the outputs is one of the inputs */
export async function refuseOverwriting(outputs: readonly string[], inputs: readonly string[]): Promise<void> {
  const read = new Set(await Promise.all(inputs.map(canonicalPath)));
  for (const path of outputs) {
    if (!read.has(await canonicalPath(path))) continue;
    throw new HeedError("FILE_UNWRITABLE", `${path} is an input: it will not be overwritten. Choose another output.`, {
      path,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Neither a file nor a folder. */
async function isSpecial(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile() && !found.isDirectory(),
    () => false,
  );
}

async function canonicalPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

class PendingFile {
  readonly #place: string;
  /** Undefined where the place itself is written to. */
  readonly #temporary: string | undefined;
  readonly #file: FileHandle;
  #text = "";
  #open = true;

  private constructor(place: string, temporary: string | undefined, file: FileHandle) {
    this.#place = place;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async create(path: string): Promise<PendingFile> {
    if (await isSpecial(path)) return new PendingFile(path, undefined, await open(path, "a"));
    const place = await canonicalPath(path);
    await makeFolders(dirname(place));
    const temporary = join(dirname(place), `.${basename(place)}.${randomUUID()}.tmp`);
    return new PendingFile(place, temporary, await open(temporary, "wx"));
  }

  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= BUFFER) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    if (this.#temporary !== undefined) await this.#file.sync();
    await this.#close();
  }

  async publish(): Promise<void> {
    if (this.#temporary !== undefined) await rename(this.#temporary, this.#place);
  }

  async discard(): Promise<void> {
    await this.#close();
    if (this.#temporary !== undefined) await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    await this.#file.appendFile(text);
  }

  async #close(): Promise<void> {
    if (this.#open) await this.#file.close();
    this.#open = false;
  }
}
