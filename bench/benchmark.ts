import { HeedError } from "../src/error.ts";

/** An option of a benchmark, as on the command line. */
export interface BenchmarkOption {
  readonly type: "string" | "boolean";
  readonly default?: string | boolean;
  readonly help: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** What a benchmark found: as data, and as text to read. */
export interface Report {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, BenchmarkOption>>;
  /** @param log Tells what is being done, apart from the result. */
  run(values: OptionValues, log: (line: string) => void): Promise<Report>;
}

/** The value of an option that is a whole number above 0. */
export function count(values: OptionValues, name: string): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new HeedError("USAGE", `--${name}: expected a whole number above 0, found "${values[name]}".`);
}
