import { resolve } from "node:path";
import { AtomicWriter, refuseOverwriting } from "../files/atomic-writer.ts";
import { outputFiles, type PairOutput, writePairs } from "../files/pair-writer.ts";
import { type FilterReport, PairFilter, type TextLength } from "../filter.ts";
import { normalizeText } from "../pair.ts";
import { type DataOptions, partsOf, readPart, requireSome } from "../parts.ts";
import { type DataSpecInput, parseDataSpec } from "../schema.ts";

export interface CleanOptions extends DataOptions {
  /** The unit of the filter's lengths. Default: characters. */
  readonly length?: TextLength | undefined;
}

/**
 * Writes the training pairs that pass the spec's filter, normalised, in their order. The output appears whole or not
 * at all, and is never one of the inputs.
 * @returns how many pairs were read, kept, and left out for which reason
 * @throws HeedError FILE_UNWRITABLE, and as `openCorpus` does
 */
export async function cleanCorpus(
  input: DataSpecInput,
  output: PairOutput,
  options: CleanOptions = {},
): Promise<FilterReport> {
  const spec = parseDataSpec(input);
  const { train } = await partsOf(spec, options);
  const place = resolved(output, options.baseDir);
  await refuseOverwriting(outputFiles(place), train.files);
  using filter = new PairFilter(spec.filter, options.length);
  const writer = new AtomicWriter();
  try {
    for await (const block of readPart(train, options)) {
      const clean = block.map((pair) => ({ source: normalizeText(pair.source), target: normalizeText(pair.target) }));
      const kept = clean.filter(({ source, target }) => filter.accepts(source, target));
      await writePairs(writer, place, kept);
    }
    requireSome(train, filter.report);
    await writer.commit();
  } finally {
    await writer.discard();
  }
  return filter.report;
}

function resolved(output: PairOutput, baseDir = process.cwd()): PairOutput {
  if ("path" in output) return { path: resolve(baseDir, output.path) };
  return { source: resolve(baseDir, output.source), target: resolve(baseDir, output.target) };
}
