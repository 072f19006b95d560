import { PairSet } from "../filter.ts";
import { normalizeText, type ReadPair } from "../pair.ts";
import { LengthHistogram, type LengthSummary } from "./length-histogram.ts";
import { RatioOutliers, type RatioSummary } from "./ratio-outliers.ts";
import { type ScriptCheck, scriptCheck } from "./script.ts";

/** What may be wrong with a pair. */
export type Flaw = "empty" | "duplicate" | "identical" | "controlCharacters" | "replacementCharacters" | "wrongScript";

export interface FlawReport {
  readonly count: number;
  /** The first five, with long texts cut. */
  readonly examples: readonly ReadPair[];
}

/** The state of a corpus. Lengths are in characters (UTF-16 code units) of the normalised text. */
export interface QualityReport {
  readonly pairs: number;
  readonly distinctSources: number;
  readonly source: LengthSummary;
  readonly target: LengthSummary;
  readonly lengthRatio: RatioSummary;
  readonly flaws: Readonly<Record<Flaw, FlawReport>>;
}

export interface QualityOptions {
  /** Languages, for the check of scripts. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const EXAMPLES = 5;
const EXAMPLE_LENGTH = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]|\r(?!\n)/;

/** Gathers a quality report, pair by pair, in at most 24 bytes a pair (two sets of hashes) and 1.3 MiB. */
export class QualityStatistics {
  readonly #sourceLengths = new LengthHistogram();
  readonly #targetLengths = new LengthHistogram();
  readonly #ratios = new RatioOutliers();
  readonly #pairs = new PairSet();
  readonly #sources = new PairSet();
  readonly #flaws = new Map<Flaw, { count: number; examples: ReadPair[] }>();
  readonly #sourceScript: ScriptCheck | undefined;
  readonly #targetScript: ScriptCheck | undefined;
  #count = 0;

  constructor({ from, to }: QualityOptions = {}) {
    this.#sourceScript = from === undefined ? undefined : scriptCheck(from);
    this.#targetScript = to === undefined ? undefined : scriptCheck(to);
  }

  add(pair: ReadPair): void {
    const source = normalizeText(pair.source);
    const target = normalizeText(pair.target);
    this.#count++;
    this.#sourceLengths.add(source.length);
    this.#targetLengths.add(target.length);
    this.#sources.add(source, "");
    const shown = shownAs(source, target, pair.line);
    if (source !== "" && target !== "") this.#ratios.add(source.length, target.length, shown);
    for (const flaw of this.#flawsOf(source, target)) this.#note(flaw, shown);
    // As they were read: some control characters are white space, which is gone from the ends of a normalised text.
    if (CONTROL.test(pair.source) || CONTROL.test(pair.target)) {
      this.#note("controlCharacters", shownAs(pair.source, pair.target, pair.line));
    }
  }

  /** Whether a pair with this source was added. */
  hasSource(source: string): boolean {
    return this.#sources.has(normalizeText(source), "");
  }

  report(): QualityReport {
    const flaw = (name: Flaw): FlawReport => this.#flaws.get(name) ?? { count: 0, examples: [] };
    return {
      pairs: this.#count,
      distinctSources: this.#sources.size,
      source: this.#sourceLengths.summary(),
      target: this.#targetLengths.summary(),
      lengthRatio: this.#ratios.summary(),
      flaws: {
        empty: flaw("empty"),
        duplicate: flaw("duplicate"),
        identical: flaw("identical"),
        controlCharacters: flaw("controlCharacters"),
        replacementCharacters: flaw("replacementCharacters"),
        wrongScript: flaw("wrongScript"),
      },
    };
  }

  *#flawsOf(source: string, target: string): Generator<Flaw> {
    if (!this.#pairs.add(source, target)) yield "duplicate";
    if (source === "" || target === "") {
      yield "empty";
      return;
    }
    if (source === target) yield "identical";
    if (source.includes("\uFFFD") || target.includes("\uFFFD")) yield "replacementCharacters";
    if (this.#sourceScript?.(source) || this.#targetScript?.(target)) yield "wrongScript";
  }

  #note(name: Flaw, pair: ReadPair): void {
    const flaw = this.#flaws.get(name) ?? { count: 0, examples: [] };
    this.#flaws.set(name, flaw);
    flaw.count++;
    if (flaw.examples.length < EXAMPLES) flaw.examples.push(pair);
  }
}

function shownAs(source: string, target: string, line: number): ReadPair {
  return { source: cut(source), target: cut(target), line };
}

function cut(text: string): string {
  return text.length <= EXAMPLE_LENGTH ? text : `${text.slice(0, EXAMPLE_LENGTH)}…`;
}
