import { readSync } from "node:fs";
import { type FileHandle, open, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeedError } from "../error.ts";
import { FileTensor } from "../graph/file-tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

/** Bytes of a tensor from which on it lies in the file. An engine computes beforehand with smaller ones. */
const LARGE = 2 ** 16;
/** Where tensors begin, in bytes: systems map files from multiples of a page on, Windows from multiples of 64 KiB. */
const ALIGNMENT = 2 ** 16;
/** Bytes that are written or read by one call: a system takes no more than 2 GiB. */
const CHUNK = 2 ** 26;
const NAME = "parameters";

/**
 * Parameters of a large model in a temporary file that nobody else may read. Programs of the native engine map them, so
 * that all of them and JavaScript together hold the numbers once, in memory that the system takes back where it needs it.
 */
export class ParameterFile implements AsyncDisposable {
  readonly #parent: string;
  #file: { readonly folder: string; readonly handle: FileHandle } | undefined;
  #length = 0;

  /** @param parent The folder for temporary files; the system's unless told. */
  constructor(parent: string = tmpdir()) {
    this.#parent = parent;
  }

  /**
   * Makes the file, which is removed by `dispose` or with the process.
   *
   * @param bytes How large it is going to be.
   * @throws HeedError FILE_UNWRITABLE where there is no room for it, or nothing may be written
   */
  async create(bytes: number): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#parent);
      if (bavail * bsize < bytes) throw new Error(`${bavail * bsize} bytes are free, and ${bytes} are needed`);
      const folder = await makeTemporaryFolder(this.#parent, "parameters");
      this.#file = { folder, handle: await open(join(folder, NAME), "wx+", 0o600) };
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /**
   * Writes numbers into the file.
   *
   * @returns A tensor that reads them there, or the same one if it is small.
   * @throws HeedError FILE_UNWRITABLE where the disk is full
   */
  async keep(tensor: TensorData<"float32">): Promise<TensorData<"float32">> {
    const { shape, data } = tensor;
    if (data.byteLength < LARGE) return tensor;
    const { folder, handle } = this.#opened();
    const offset = Math.ceil(this.#length / ALIGNMENT) * ALIGNMENT;
    const length = data.byteLength;
    await this.#write(handle, new Uint8Array(data.buffer, data.byteOffset, length), offset);
    this.#length = offset + length;
    return new FileTensor("float32", shape, { folder, name: NAME, offset }, () => this.#read(offset, length));
  }

  /** Removes the file. Its tensors can no longer be read, and programs that map them must have been disposed of. */
  async dispose(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.handle.close();
    await removeTemporaryFolder(file.folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #opened() {
    if (this.#file !== undefined) return this.#file;
    throw new HeedError("INPUT_INVALID", "The file of this model's parameters was removed: open the model again.");
  }

  async #write(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK, bytes.length - done), offset + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** At once, as a tensor in memory gives its numbers. */
  #read(offset: number, length: number): Float32Array<ArrayBuffer> {
    const { folder, handle } = this.#opened();
    const numbers = new Float32Array(length / 4);
    const bytes = new Uint8Array(numbers.buffer);
    for (let done = 0; done < length; ) {
      const read = readSync(handle.fd, bytes, done, Math.min(CHUNK, length - done), offset + done);
      if (read === 0) {
        const path = join(folder, NAME);
        const message = `${path} was cut off at byte ${offset + done}. Open the model again.`;
        throw new HeedError("FILE_UNREADABLE", message, { path });
      }
      done += read;
    }
    return numbers;
  }

  #unwritable(cause: unknown): HeedError {
    const path = this.#file?.folder ?? this.#parent;
    const what = `The parameters of a large model cannot be written to ${path}: ${(cause as Error).message}`;
    const advice = "Make room there, or name another folder for temporary files (TMPDIR; on Windows TEMP).";
    return new HeedError("FILE_UNWRITABLE", `${what}. ${advice}`, { path, cause });
  }
}
