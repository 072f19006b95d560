import { expect } from "vitest";
import type {
  BleuOptions,
  BleuScore,
  ChrfOptions,
  ChrfScore,
  References,
  TokenizerName,
} from "../../src/evaluate/index.ts";
import fixture from "../fixtures/sacrebleu.json" with { type: "json" };

/** What sacreBLEU says of each corpus, under one set of options. */
interface Expected<Options, Numbers> {
  readonly options: Options;
  readonly name: string;
  readonly signatures: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<string, Partial<Numbers>>>;
}

interface Fixture {
  readonly corpora: Readonly<
    Record<string, { readonly hypotheses: string[]; readonly references: References; readonly referenceCount: string }>
  >;
  readonly bleu: readonly Expected<BleuOptions, BleuScore>[];
  readonly chrf: readonly Expected<ChrfOptions, ChrfScore>[];
  /** Hard sentences, and for each: its tokens joined by spaces, its lower case, and scores against the next one. */
  readonly sentences: readonly string[];
  readonly tokens: Readonly<Record<TokenizerName, readonly string[]>>;
  readonly lowercase: readonly string[];
  readonly sentenceBleu: readonly number[];
  readonly sentenceChrf: readonly number[];
}

/** The checked-in answers of sacreBLEU; scripts/fixtures/sacrebleu.py writes them. */
export const sacrebleu = fixture as unknown as Fixture;

/** Expects every number that sacreBLEU gave to be ours within 1e-7, the fixture having nine decimals. */
export function numbersClose<Numbers extends object>(actual: Numbers, expected: Partial<Numbers>): void {
  for (const [key, value] of Object.entries(expected)) {
    const own = actual[key as keyof Numbers];
    const pairs = Array.isArray(value) ? value.map((number, i) => [(own as number[])[i], number]) : [[own, value]];
    if (Array.isArray(value)) expect(own, key).toHaveLength(value.length);
    for (const [mine, theirs] of pairs) expect(mine, key).toBeCloseTo(theirs, 7);
  }
}
