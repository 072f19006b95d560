import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { HeedError, throwIfAborted } from "../../error.ts";
import { AtomicWriter } from "../files/atomic-writer.ts";
import { fileError } from "../files/file-error.ts";
import type { Multi30kLanguage } from "./languages.ts";

/** The parts of Multi30k (task 1) under their published names. */
export type Multi30kPart = "train" | "val" | "test_2016_flickr";

const HOME =
  "https://raw.githubusercontent.com/multi30k/dataset/a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw";

/** SHA-256 of the unpacked files. */
const CHECKSUMS: Readonly<Record<Multi30kPart, Readonly<Record<Multi30kLanguage, string>>>> = {
  train: {
    en: "460a15fbd157e34a7a9957ee388c1ca247fe47af3ef25fb50442af6c274e0fc6",
    de: "2c2b73fd2b548fbcde3a875e0a78d6ee94d498bfdee6bd3eae3945779e9ddf72",
    fr: "5925a3c18f1587b6b54b87743106e6e8ab93618edb6f65d19eac0621f853a10d",
  },
  val: {
    en: "1f2a23d992769b5b3d209b0a10dd0b77c08cceb1f20dfb97ed0aafa49d107227",
    de: "660e09eb7e1da2f856ea13ee5ad3cf6d36b3d5b0b733c857e94c5747a3dfc660",
    fr: "5304e444d842e962b2dda4d816b70b22a1765b15401642b7ca37a67477e708dc",
  },
  test_2016_flickr: {
    en: "399a4382932c1aadd3ceb9bef1008d388a64c76d4ae4e9d4728c6f4301cac182",
    de: "4be6b5b3236b79c25475c6bb829800a7ce559e9ba7a1f6c2394fe4d40be46d16",
    fr: "cb3160d69b002bb638e66cc7612fcd56cb0af82eadc9c142dedc438afb885ef6",
  },
};

export interface Multi30kOptions {
  /** A folder that holds the files (train.en, …, also with .gz): nothing is downloaded then. */
  readonly dataDir?: string | undefined;
  /** Where downloads are kept. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * The path of one file of Multi30k (Elliott et al., 2016): from a local folder, the cache, or its public home, in that
 * order. Its checksum is verified each time; a download appears in the cache whole or not at all.
 * @throws HeedError FILE_NOT_FOUND, CHECKSUM_MISMATCH, DOWNLOAD_FAILED, ABORTED
 */
export async function multi30kFile(
  part: Multi30kPart,
  language: Multi30kLanguage,
  options: Multi30kOptions,
): Promise<string> {
  const name = `${part}.${language}`;
  const checksum = CHECKSUMS[part][language];
  if (options.dataDir !== undefined) return localFile(options.dataDir, name, checksum);
  const path = join(options.cacheDir, name);
  const cached = await readFile(path).catch(() => undefined);
  if (cached !== undefined && sha256(cached) === checksum) return path;
  const text = await download(`${HOME}/${name}.gz`, options);
  verify(text, checksum, `${HOME}/${name}.gz`);
  const writer = new AtomicWriter();
  try {
    await writer.write(path, text.toString("utf8"));
    await writer.commit();
  } finally {
    await writer.discard();
  }
  return path;
}

async function localFile(folder: string, name: string, checksum: string): Promise<string> {
  const plain = join(folder, name);
  const packed = `${plain}.gz`;
  const text = await readFile(plain).catch(() => undefined);
  if (text !== undefined) {
    verify(text, checksum, plain);
    return plain;
  }
  const bytes = await readFile(packed).catch((cause) => {
    throw fileError(plain, cause);
  });
  verify(await unpack(bytes, packed), checksum, packed);
  return packed;
}

async function download(url: string, { signal, fetch = globalThis.fetch }: Multi30kOptions): Promise<Buffer> {
  throwIfAborted(signal);
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    return await unpack(Buffer.from(await response.arrayBuffer()), url);
  } catch (cause) {
    throwIfAborted(signal);
    const what = `${url} could not be downloaded (${reasonOf(cause)})`;
    throw new HeedError("DOWNLOAD_FAILED", `${what}. ${howToGoOn}`, { path: url, cause });
  }
}

const howToGoOn = "Try again, or get the files in another way and name their folder with --data-dir (`dataDir`).";

/** Node's fetch says "fetch failed", and why only in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

async function unpack(bytes: Buffer, path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes);
  } catch (cause) {
    throw fileError(path, cause);
  }
}

function verify(text: Buffer, checksum: string, path: string): void {
  const found = sha256(text);
  if (found === checksum) return;
  const what = `${path} is not the file that was published: its text has SHA-256 ${found}, not ${checksum}`;
  throw new HeedError("CHECKSUM_MISMATCH", `${what}. ${howToGoOn}`, { path });
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
