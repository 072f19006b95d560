import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HeedError } from "../error.ts";
import { readCompilerMessages } from "./corpora/compiler-messages.ts";
import { type Multi30kPart, multi30kFile } from "./corpora/multi30k.ts";
import { withFormat } from "./file-format.ts";
import { fileError } from "./files/file-error.ts";
import { fileSource, type ReadOptions } from "./files/file-source.ts";
import type { FilterReport } from "./filter.ts";
import { readJsonl } from "./formats/jsonl.ts";
import { readMo } from "./formats/mo.ts";
import { readParallel } from "./formats/parallel.ts";
import { readPo } from "./formats/po.ts";
import { readTmx } from "./formats/tmx.ts";
import { readTsv } from "./formats/tsv.ts";
import type { ByteSource, PairBlocks } from "./pair.ts";
import type { DataSpec, FileSpec, KnownFileSpec } from "./schema.ts";
import type { SplitName } from "./split.ts";

/** How far a reading has come. */
export interface DataProgress {
  readonly part: SplitName;
  readonly pairs: number;
  /** Bytes read so far of the part's files, as they lie on the disk; both 0 where there are no files. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface DataOptions {
  /** The folder that relative paths start from. Default: the working folder. */
  readonly baseDir?: string | undefined;
  /** Where downloads are kept. Default: `heed` in the user's cache folder. */
  readonly cacheDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: DataProgress) => void) | undefined;
}

/** One part of the data, ready to be read. */
export interface Part {
  readonly name: SplitName;
  /** The files that it is read from; none for a corpus out of a package. */
  readonly files: readonly string[];
  readonly totalBytes: number;
  read(options?: ReadOptions): PairBlocks;
}

export interface Parts {
  readonly train: Part;
  readonly validation?: Part;
  readonly test?: Part;
}

/**
 * The parts that a spec names: training pairs always, validation and test where they have files of their own. Of the
 * files only the beginnings are read, as far as they tell a format, but downloads are made.
 * @throws HeedError FILE_NOT_FOUND, FILE_UNREADABLE, and what `withFormat` and `multi30kFile` throw
 */
export async function partsOf(spec: DataSpec, options: DataOptions = {}): Promise<Parts> {
  const baseDir = options.baseDir ?? process.cwd();
  if ("corpus" in spec) {
    return spec.corpus === "multi30k" ? multi30kParts(spec, baseDir, options) : compilerMessageParts(spec, baseDir);
  }
  const part = (name: SplitName, files: FileSpec) => partOfFiles(name, files, baseDir);
  return {
    train: await part("train", spec),
    ...(spec.validation && { validation: await part("validation", spec.validation) }),
    ...(spec.test && { test: await part("test", spec.test) }),
  };
}

/** Reads a part and tells how far it has come. */
export async function* readPart(part: Part, { signal, progress }: DataOptions): PairBlocks {
  const { name, totalBytes } = part;
  let [pairs, bytes] = [0, 0];
  const onBytes = (count: number) => {
    bytes = Math.min(bytes + count, totalBytes);
  };
  for await (const block of part.read({ signal, onBytes })) {
    pairs += block.length;
    progress?.({ part: name, pairs, bytes, totalBytes });
    yield block;
  }
}

/** @throws HeedError DATA_INVALID when no pair of the part was kept */
export function requireSome({ name, files }: Part, { read, kept, ...reasons }: FilterReport): void {
  if (kept > 0) return;
  const counts = Object.entries(reasons).filter(([, count]) => count > 0);
  const why = counts.map(([reason, count]) => `${reason} ${count}`).join(", ") || "none";
  const what = `No pairs are left for ${name}${files.length > 0 ? ` of ${files.join(" and ")}` : ""}`;
  throw new HeedError("DATA_INVALID", `${what}: ${read} read, left out: ${why}. Check the files and the filter.`, {
    path: files[0],
  });
}

async function partOfFiles(name: SplitName, spec: FileSpec, baseDir: string): Promise<Part> {
  const files = (spec.format === "parallel" ? [spec.source, spec.target] : [spec.path]).map((path) =>
    resolve(baseDir, path),
  );
  const sizes = await Promise.all(files.map(sizeOf));
  const known = await withFormat(spec, files, name === "train" ? "data" : `data.${name}`);
  return {
    name,
    files,
    totalBytes: sizes.reduce((sum, size) => sum + size, 0),
    read: (options) => readFormat(known, files.map((path) => fileSource(path, options)) as [ByteSource, ByteSource]),
  };
}

function readFormat(spec: KnownFileSpec, [first, second]: readonly [ByteSource, ByteSource]): PairBlocks {
  switch (spec.format) {
    case "parallel":
      return readParallel(first, second);
    case "tsv":
      return readTsv(first, spec);
    case "jsonl":
      return readJsonl(first, spec);
    case "po":
      return readPo(first);
    case "mo":
      return readMo(first);
    case "tmx":
      return readTmx(first, spec);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw fileError(path, cause);
  }
}

function compilerMessageParts(
  { from, to }: Extract<DataSpec, { corpus: "compiler-messages" }>,
  baseDir: string,
): Parts {
  const folders = [baseDir, import.meta.dirname];
  return { train: { name: "train", files: [], totalBytes: 0, read: () => readCompilerMessages(from, to, folders) } };
}

async function multi30kParts(
  { from, to, dataDir }: Extract<DataSpec, { corpus: "multi30k" }>,
  baseDir: string,
  options: DataOptions,
): Promise<Required<Parts>> {
  const place = {
    dataDir: dataDir === undefined ? undefined : resolve(baseDir, dataDir),
    cacheDir: join(options.cacheDir ?? defaultCacheDir(), "multi30k"),
    signal: options.signal,
  };
  const part = async (name: SplitName, published: Multi30kPart): Promise<Part> => {
    const source = await multi30kFile(published, from, place);
    const target = await multi30kFile(published, to, place);
    return partOfFiles(name, { format: "parallel", source, target }, baseDir);
  };
  return {
    train: await part("train", "train"),
    validation: await part("validation", "val"),
    test: await part("test", "test_2016_flickr"),
  };
}

function defaultCacheDir(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), ".cache"), "heed");
}
