import { InvalidArgumentError, Option } from "commander";
import type { TokenizerName } from "../evaluate/index.ts";
import { MOST_BEAMS } from "../generate/limits.ts";
import type { Device } from "../graph/device.ts";

/** The options that several commands share, each declared here once. */

export interface DeviceFlags {
  readonly device?: Device;
  readonly threads?: number;
  /** In GiB. */
  readonly memory?: number;
}

/** The flags as a runtime takes them. */
export function runtimeOptions({ device, threads, memory }: DeviceFlags) {
  return { device, threads, memoryLimit: memory === undefined ? undefined : memory * 2 ** 30 };
}

const devices: readonly Device[] = ["cpu", "wasm", "webgpu"];

export const deviceOptions = (): Option[] => [
  new Option(
    "--device <name>",
    "Where to compute: cpu (native code), wasm (the CPU without native code) or webgpu. " +
      "Default: cpu, or wasm where there is no native engine.",
  ).choices(devices),
  new Option("--threads <n>", "How many threads compute. Default: what suits the machine.").argParser(wholeNumber(1)),
  new Option(
    "--memory <GiB>",
    "How much memory a batch may take, or a model to train. Default: 80% of what is free.",
  ).argParser(decimal(0.001)),
];

export const modelOption = (): Option =>
  new Option(
    "--model <dir>",
    "A run's folder, of which the best checkpoint is taken, or a Hugging Face folder.",
  ).makeOptionMandatory(true);

export interface DecodingFlags {
  readonly beam?: number;
  readonly lengthPenalty?: number;
  readonly maxLength?: number;
  readonly truncate?: boolean;
}

export const decodingOptions = (): Option[] => [
  new Option(
    "--beam <n>",
    "Hypotheses that beam search keeps; 1 is greedy. Default: what the model's folder says, 5 where Heed trained it.",
  ).argParser(wholeNumber(1, MOST_BEAMS)),
  new Option(
    "--length-penalty <x>",
    "Scores are divided by length^x: above 0 favours longer translations. Default: what the model's folder says.",
  ).argParser(decimal()),
  new Option(
    "--max-length <n>",
    "Longest translation, in tokens. Default: what the model's folder says, else as long as the model can.",
  ).argParser(wholeNumber(1)),
  new Option("--truncate", "Translate only the beginning of a text that is too long, where otherwise it is an error."),
];

export const jsonOption = (what: string): Option => new Option("--json", `Print ${what} as JSON.`);

const bleuTokenizers: readonly TokenizerName[] = ["13a", "intl", "zh", "char", "none"];

/** @param byDefault Which tokenizer is taken where none is named. */
export const scoringOptions = (byDefault: string): Option[] => [
  new Option(
    "--tokenize <name>",
    `How BLEU splits sentences into tokens: 13a for most languages, zh for Chinese, char for Japanese or Thai. Default: ${byDefault}.`,
  ).choices(bleuTokenizers),
  new Option("--lowercase", "Compare without regard to case."),
];

export interface ScoringFlags {
  readonly tokenize?: TokenizerName;
  readonly lowercase?: boolean;
}

export const dataDirOption = (): Option =>
  new Option(
    "--data-dir <dir>",
    "A folder that holds the files of multi30k (train.en, …): nothing is downloaded then.",
  );

/** Reads a whole number of at least `min` and, where that is given, at most `max`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const end = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number from ${min}${end}.`);
  };
}

/** Reads a number, at least `min` where that is given. */
export function decimal(min = Number.NEGATIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= min) return value;
    throw new InvalidArgumentError(
      min === Number.NEGATIVE_INFINITY ? "Expected a number." : `Expected a number from ${min}.`,
    );
  };
}
