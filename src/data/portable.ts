/**
 * The part of the data's API that needs no files, and so runs in browsers too: batching, hashing, splitting, filters,
 * corpora in memory, statistics, and the readers of formats that are plain text.
 */
export {
  type BatchPlan,
  batchCount,
  batchExamples,
  type EpochOptions,
  type Lengths,
  planEpoch,
  realShare,
} from "./batch.ts";
export {
  type CompilerMessageLanguage,
  compilerMessageLanguages,
  type Multi30kLanguage,
  multi30kLanguages,
} from "./corpora/languages.ts";
export { type CollectOptions, collectPairs, PairCorpus } from "./corpus.ts";
export { type Encode, type EncodedCorpus, type EncodeOptions, encodeCorpus } from "./encoded.ts";
export { characters, type FilterOptions, type FilterReport, PairFilter, PairSet, type TextLength } from "./filter.ts";
export { type JsonlFields, readJsonl } from "./formats/jsonl.ts";
export { readParallel } from "./formats/parallel.ts";
export { readTmx, type TmxLanguages } from "./formats/tmx.ts";
export { readTsv, type TsvColumns } from "./formats/tsv.ts";
export { hash128, hashText } from "./hash.ts";
export { HashSet64 } from "./hash-set.ts";
export { type ByteSource, normalizeText, type Pair, type PairBlocks, type ReadPair, textSource } from "./pair.ts";
export { LengthHistogram, type LengthSummary } from "./quality/length-histogram.ts";
export {
  type Flaw,
  type FlawReport,
  type QualityOptions,
  type QualityReport,
  QualityStatistics,
} from "./quality/quality.ts";
export type { RatioSummary } from "./quality/ratio-outliers.ts";
export { type ScriptCheck, scriptCheck } from "./quality/script.ts";
export {
  type DataKind,
  type DataSpec,
  type DataSpecInput,
  dataSchemas,
  dataSpecSchema,
  type FileFormat,
  type FileSpec,
  fileSchemas,
  type KnownFileSpec,
  parseDataSpec,
  type UntoldSpec,
  untoldData,
  untoldFiles,
} from "./schema.ts";
export {
  type HeldOut,
  type SplitBounds,
  type SplitName,
  splitBounds,
  splitKey,
  splitOf,
  splitOfKey,
} from "./split.ts";
export { type SplitOptions, splitBySource } from "./split-by-source.ts";
export type { Spill } from "./text-store.ts";
export type { EncodedRows } from "./token-store.ts";
