import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeedError } from "../../error.ts";
import type { Spill } from "../text-store.ts";
import { fileError, writeError } from "./file-error.ts";

/** Bytes in a temporary file, which is made when the first come and removed by `dispose`. */
export class TempFileSpill implements Spill {
  readonly #parent: string;
  #folder: string | undefined;
  #file: FileHandle | undefined;
  #length = 0;

  /** @param parent the folder for temporary files; default: the system's */
  constructor(parent = tmpdir()) {
    this.#parent = parent;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      this.#file ??= await this.#create();
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#length + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw writeError(this.#folder ?? this.#parent, cause);
    }
    this.#length += bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const file = this.#file;
    if (file === undefined) throw new HeedError("INPUT_INVALID", "This corpus was disposed: open it again.");
    const bytes = new Uint8Array(Math.min(length, this.#length - offset));
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) throw new Error("it is shorter than it was");
        done += bytesRead;
      }
    } catch (cause) {
      throw fileError(this.#folder ?? this.#parent, cause);
    }
    return bytes;
  }

  sibling(): TempFileSpill {
    return new TempFileSpill(this.#parent);
  }

  async dispose(): Promise<void> {
    const { file, folder } = { file: this.#file, folder: this.#folder };
    this.#file = undefined;
    this.#folder = undefined;
    await file?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  /** Where the system lets an open file lose its name, nothing is left behind even by a process that is killed. */
  async #create(): Promise<FileHandle> {
    this.#folder = await mkdtemp(join(this.#parent, "heed-corpus-"));
    const file = await open(join(this.#folder, "spill"), "w+");
    if (process.platform !== "win32") await rm(this.#folder, { recursive: true });
    return file;
  }
}
