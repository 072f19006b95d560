import { resolve } from "node:path";
import type { DataSpecInput } from "../data/schema.ts";
import { HeedError } from "../error.ts";
import type { DataFlags, FilterFlags, SplitFlags } from "./commands/data.ts";
import { readDataSection } from "./config-file.ts";

type SpecFlags = DataFlags & FilterFlags & Partial<Pick<SplitFlags, "validation" | "test">>;

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
