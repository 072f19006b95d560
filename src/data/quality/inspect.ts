import { type DataOptions, type Part, partsOf, readPart } from "../parts.ts";
import { type DataSpecInput, parseDataSpec } from "../schema.ts";
import { type QualityReport, QualityStatistics } from "./quality.ts";

/** A part that is held out. */
export interface HeldOutReport extends QualityReport {
  /** How many of its pairs have a source sentence that is also trained on. */
  readonly sharedWithTrain: number;
}

export interface InspectReport {
  readonly train: QualityReport;
  readonly validation?: HeldOutReport;
  readonly test?: HeldOutReport;
}

/**
 * Reads all pairs that a spec names, as they are (neither filtered nor split), and reports their state.
 * @throws HeedError as `openCorpus` does
 */
export async function inspectCorpus(input: DataSpecInput, options: DataOptions = {}): Promise<InspectReport> {
  const spec = parseDataSpec(input);
  const { train, validation, test } = await partsOf(spec, options);
  const trained = new QualityStatistics(spec);
  for await (const block of readPart(train, options)) for (const pair of block) trained.add(pair);
  const heldOut = async (part: Part): Promise<HeldOutReport> => {
    const statistics = new QualityStatistics(spec);
    let sharedWithTrain = 0;
    for await (const block of readPart(part, options)) {
      for (const pair of block) {
        statistics.add(pair);
        if (trained.hasSource(pair.source)) sharedWithTrain++;
      }
    }
    return { ...statistics.report(), sharedWithTrain };
  };
  return {
    train: trained.report(),
    ...(validation && { validation: await heldOut(validation) }),
    ...(test && { test: await heldOut(test) }),
  };
}
