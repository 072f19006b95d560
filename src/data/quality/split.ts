import { join, resolve } from "node:path";
import { HeedError } from "../../error.ts";
import type { PairCorpus } from "../corpus.ts";
import { AtomicWriter, refuseOverwriting } from "../files/atomic-writer.ts";
import { outputFiles, type PairOutput, writePairs } from "../files/pair-writer.ts";
import { type OpenOptions, openCorpus } from "../open.ts";
import { partsOf } from "../parts.ts";
import { type DataSpec, type DataSpecInput, parseDataSpec } from "../schema.ts";
import type { SplitName } from "../split.ts";

export interface SplitOutput {
  readonly folder: string;
  /** "tsv": train.tsv, …; "parallel": train.en and train.fr, …, after the spec's `from` and `to`. */
  readonly layout: "tsv" | "parallel";
}

/**
 * Writes the filtered pairs that a spec names as files of their own for train, validation and test: split as the
 * spec's `split` says, so that no source sentence is in two of them. All files appear together or not at all, and none
 * is one of the inputs.
 * @returns the number of pairs in each part
 * @throws HeedError CONFIG_INVALID when the spec holds nothing out; FILE_UNWRITABLE, and as `openCorpus` does
 */
export async function splitCorpus(
  input: DataSpecInput,
  output: SplitOutput,
  options: OpenOptions = {},
): Promise<Record<SplitName, number>> {
  const spec = parseDataSpec(input);
  const inputs = Object.values(await partsOf(spec, options)).flatMap((part) => part.files);
  await using data = await openCorpus(input, options);
  const { train, validation, test } = data;
  if (!validation && !test) {
    const message =
      "The data has no part to hold out. Hold some out, for example data: { split: { validation: 200, test: 200 } }";
    throw new HeedError("CONFIG_INVALID", message, { path: "data.split" });
  }
  if (output.layout === "parallel" && spec.from !== undefined && spec.from === spec.to) {
    const message = `data.to: "${spec.to}" is also data.from, by which the files of both sides are named. Tell them apart.`;
    throw new HeedError("CONFIG_INVALID", message, { path: "data.to" });
  }
  const folder = resolve(options.baseDir ?? process.cwd(), output.folder);
  const parts = Object.entries({ train, validation, test }).flatMap(([name, corpus]) =>
    corpus === undefined ? [] : [{ corpus, place: placeOf(join(folder, name), output.layout, spec) }],
  );
  await refuseOverwriting(
    parts.flatMap(({ place }) => outputFiles(place)),
    inputs,
  );
  const writer = new AtomicWriter();
  try {
    for (const { corpus, place } of parts) await writeCorpus(writer, place, corpus, options.signal);
    await writer.commit();
  } finally {
    await writer.discard();
  }
  return { train: train.size, validation: validation?.size ?? 0, test: test?.size ?? 0 };
}

function placeOf(
  path: string,
  layout: SplitOutput["layout"],
  { from = "source", to = "target" }: DataSpec,
): PairOutput {
  return layout === "tsv" ? { path: `${path}.tsv` } : { source: `${path}.${from}`, target: `${path}.${to}` };
}

async function writeCorpus(
  writer: AtomicWriter,
  place: PairOutput,
  corpus: PairCorpus,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const block of corpus.pairs(signal)) await writePairs(writer, place, block);
}
