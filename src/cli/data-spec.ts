import { resolve } from "node:path";
import type { DataKind, DataSpecInput, FileFormat } from "../data/schema.ts";
import { HeedError } from "../error.ts";
import { readDataSection } from "./config-file.ts";

/** Which pairs to work on. */
export interface DataFlags {
  readonly config?: string;
  readonly corpus?: DataKind;
  readonly format?: FileFormat;
  readonly from?: string;
  readonly to?: string;
  readonly dataDir?: string;
}

/** Which pairs to leave out. */
export interface FilterFlags {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxRatio?: number;
  readonly dropIdentical?: boolean;
  readonly keepDuplicates?: boolean;
}

/** How much to hold out: a number of source sentences, or a share such as `2%`. */
export interface HeldOutFlags {
  readonly validation?: number | string;
  readonly test?: number | string;
}

type SpecFlags = DataFlags & FilterFlags & HeldOutFlags;

/**
 * The data that files and flags name. What they mean is checked where it is used.
 *
 * @throws HeedError USAGE where they name none, or several
 */
export async function dataSpec(files: readonly string[], flags: SpecFlags): Promise<DataSpecInput> {
  const named = [files.length > 0, flags.corpus !== undefined, flags.config !== undefined].filter(Boolean).length;
  if (named !== 1 || files.length > 2) {
    const ways = "one file, two files whose lines belong together, --corpus, or --config";
    throw new HeedError("USAGE", `Name ${named === 0 ? "the pairs" : "the pairs in one way"}: ${ways}.`);
  }
  const source = flags.config === undefined ? pairs(files, flags) : await readDataSection(flags.config);
  const given = source as { filter?: object; split?: object };
  const [filter, split] = [defined(filterKeys(flags)), defined({ validation: flags.validation, test: flags.test })];
  return {
    ...given,
    ...(Object.keys(filter).length > 0 && { filter: { ...given.filter, ...filter } }),
    ...(Object.keys(split).length > 0 && { split: { ...given.split, ...split } }),
  } as DataSpecInput;
}

function pairs(files: readonly string[], flags: SpecFlags): object {
  const { corpus, format, from, to, dataDir } = flags;
  const [path, target] = files;
  const place = target === undefined ? { path } : { source: path, target };
  return defined({ corpus, format, from, to, dataDir: dataDir && resolve(dataDir), ...(path !== undefined && place) });
}

function filterKeys({ minLength, maxLength, maxRatio, dropIdentical, keepDuplicates }: SpecFlags) {
  return { minLength, maxLength, maxRatio, dropIdentical, deduplicate: keepDuplicates ? false : undefined };
}

/** The object without keys that have no value. */
function defined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
