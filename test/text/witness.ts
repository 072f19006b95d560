import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { BpeKind, Tokenizer, TokenizerJson } from "../../src/text/index.ts";

interface Encodings {
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
  readonly decodedWithSpecial: readonly string[];
}

interface Settings {
  readonly kind: BpeKind;
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly limitAlphabet?: number;
  readonly lowercase?: boolean;
}

/** What Hugging Face's tokenizers did in Python: see scripts/fixtures/tokenizers_json.py. */
export const witness = JSON.parse(readFileSync(new URL("../fixtures/tokenizers.json", import.meta.url), "utf8")) as {
  readonly corpus: readonly string[];
  readonly strings: readonly string[];
  readonly learned: readonly (Settings & Encodings & { readonly json: TokenizerJson })[];
  /** A vocabulary without bytes, as they were learned before. */
  readonly unknown: Encodings & { readonly json: TokenizerJson };
  /** Texts that the first of `learned` spells in bytes, and ids that no text has. */
  readonly hard: Encodings & {
    readonly strings: readonly string[];
    readonly given: readonly { readonly ids: readonly number[]; readonly decoded: string }[];
  };
  readonly unigram: Encodings & { readonly json: TokenizerJson };
  readonly tangled: readonly { readonly lines: readonly string[]; readonly model: string }[];
  readonly preTokenizers: readonly {
    readonly preTokenizer: { readonly type: string };
    readonly pieces: readonly (readonly string[])[];
  }[];
  readonly real: readonly {
    readonly name: string;
    readonly files: readonly string[];
    readonly linesOfEach: number;
    readonly kind: BpeKind;
    readonly vocabSize: number;
    readonly model: string;
    readonly ids: string;
  }[];
  readonly foreign: readonly (Encodings & { readonly folder: string; readonly texts: readonly string[] })[];
};

export const dataFolder = new URL("../../../shared/data/", import.meta.url);
export const noData = !existsSync(dataFolder);

/** The SHA-256 of a value as JSON without spaces. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** The digest of merges and vocabulary, the latter sorted by code points. */
export function modelDigest(tokenizer: Tokenizer): string {
  const { merges, vocab } = tokenizer.toJSON().model;
  const entries = Object.entries(vocab).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return digest([merges, entries]);
}
