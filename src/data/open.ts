import { HeedError } from "../error.ts";
import { collectPairs, type PairCorpus } from "./corpus.ts";
import { TempFileSpill } from "./files/temp-file-spill.ts";
import type { FilterOptions, TextLength } from "./filter.ts";
import { type DataOptions, type Part, partsOf, readPart, requireSome } from "./parts.ts";
import { type DataSpecInput, parseDataSpec } from "./schema.ts";
import type { HeldOut } from "./split.ts";
import { splitBySource } from "./split-by-source.ts";

export interface OpenOptions extends DataOptions {
  /** The folder for the temporary file of a corpus of more than 16 MiB of text. Default: the system's. */
  readonly workDir?: string | undefined;
  /** The unit of the filter's lengths. Default: characters. */
  readonly length?: TextLength | undefined;
}

/** The data of a training. Disposing it frees all parts and removes their temporary files. */
export interface OpenedCorpus extends AsyncDisposable {
  readonly train: PairCorpus;
  readonly validation?: PairCorpus;
  readonly test?: PairCorpus;
  dispose(): Promise<void>;
}

/** Pairs for validation and test are taken as they are, so that scores compare with others' on the same files. */
const AS_THEY_ARE: FilterOptions = { deduplicate: false };

/**
 * Opens the data that a spec names (see `schema.ts` for its fields): reads it once, filters the training pairs, and
 * splits off what is to be held out.
 * @throws HeedError CONFIG_INVALID for the spec; DATA_INVALID, FORMAT_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE,
 *   FILE_UNWRITABLE (the temporary file), PACKAGE_MISSING, DOWNLOAD_FAILED, CHECKSUM_MISMATCH; ABORTED
 */
export async function openCorpus(input: DataSpecInput, options: OpenOptions = {}): Promise<OpenedCorpus> {
  const spec = parseDataSpec(input);
  const parts = await partsOf(spec, options);
  const opened: PairCorpus[] = [];
  const open = async (part: Part, filter: FilterOptions): Promise<PairCorpus> => {
    const spill = new TempFileSpill(options.workDir);
    const { signal, length } = options;
    const corpus = await collectPairs(readPart(part, options), { filter, length, spill, signal });
    opened.push(corpus);
    requireSome(part, corpus.report);
    return corpus;
  };
  const dispose = async () => {
    for (const corpus of opened) await corpus.dispose();
  };
  try {
    const whole = await open(parts.train, spec.filter);
    const { validation, test } = parts;
    const split = "split" in spec ? spec.split : undefined;
    return {
      ...(split === undefined
        ? { train: whole }
        : checkedSplit(await splitBySource(whole, split, options.signal), split)),
      ...(validation && { validation: await open(validation, AS_THEY_ARE) }),
      ...(test && { test: await open(test, AS_THEY_ARE) }),
      dispose,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function checkedSplit(
  { train, validation, test }: Awaited<ReturnType<typeof splitBySource>>,
  asked: { readonly validation?: HeldOut | undefined; readonly test?: HeldOut | undefined },
) {
  for (const [name, part] of [
    ["validation", validation],
    ["test", test],
  ] as const) {
    const share = asked[name] ?? 0;
    if (part.size > 0 || Number.parseFloat(String(share)) === 0) continue;
    const message = `split.${name}: ${share} of the data is no pair at all. Hold out more, or none.`;
    throw new HeedError("DATA_INVALID", message);
  }
  return { train, ...(validation.size > 0 && { validation }), ...(test.size > 0 && { test }) };
}
