import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { base64, charsmapOfBase64 } from "../../src/text/charsmap.ts";
import { readTokenizer } from "../../src/text/folder/read-tokenizer.ts";
import { readSentencePiece } from "../../src/text/folder/sentencepiece.ts";
import { Tokenizer } from "../../src/text/index.ts";
import { dataFolder, noData } from "./witness.ts";

type Ids = readonly number[];

/** What becomes of a text. */
interface Outcome {
  /** The text, or the number of a long one. */
  readonly text: string | number;
  readonly ids: Ids | string;
  readonly decoded: string;
}

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly special: Readonly<Record<"bos" | "eos" | "unk" | "pad", number | null>>;
  /** Of each text; of long ones a digest. */
  readonly ids: readonly (Ids | string)[];
  readonly decoded: readonly string[];
  readonly pairs: readonly (readonly [Ids, Ids | null])[];
  readonly targetIds?: readonly (Ids | string)[];
  readonly targetDecoded?: readonly string[];
}

const folder = new URL("../fixtures/tokenizer-folders/", import.meta.url);

/** What Hugging Face's classes of tokenizers did in Python: see scripts/fixtures/tokenizer_folders.py. */
const witness = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as {
  readonly texts: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly folders: readonly Entry[];
  readonly real: readonly (Entry & { readonly model: string; readonly file: string; readonly class: string })[];
  readonly normalized: Readonly<Record<"small" | "nfkc", Readonly<Record<string, string>>>>;
};

const filesOf = (location: URL) => ({
  location: fileURLToPath(location),
  read: async (name: string) => new Uint8Array(await readFile(new URL(name, location))),
});
const present = ({ location, read }: ReturnType<typeof filesOf>) => ({
  location,
  read: (name: string) => read(name).catch(() => undefined),
});
const read = (name: string) => readTokenizer(present(filesOf(new URL(`${name}/`, folder))));
const open = ({ json, config }: { readonly json: unknown; readonly config: unknown }) =>
  Tokenizer.fromJSON(json, config, "some/folder");

const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** What a tokenizer makes of all texts, those of which the witness has a digest as digests. */
function everyText(tokenizer: Tokenizer, expected: readonly (Ids | string)[]): Outcome[] {
  return witness.texts.map((text, index) => {
    const ids = [...tokenizer.encode(text)];
    const decoded = tokenizer.decode(ids);
    return typeof expected[index] === "string"
      ? { text: index, ids: digest(ids), decoded: digest(decoded) }
      : { text, ids, decoded };
  });
}

function expectedOf(ids: readonly (Ids | string)[], decoded: readonly string[]): Outcome[] {
  return witness.texts.map((text, index) => ({
    text: typeof ids[index] === "string" ? index : text,
    ids: ids[index]!,
    decoded: decoded[index]!,
  }));
}

/**
 * Where a tokenizer.json does not say what a class does: Marian's knows a language only at the start, and there any; T5's
 * does not find "<s>", a token of the model's that it has no use for.
 */
const otherwise: Readonly<Record<string, readonly string[]>> = {
  marian: ["the baker >>fra<< opens"],
  "marian-apart": [">>fra<< the baker opens", ">>fra<<the baker"],
  "test_model-T5": ["the <s> baker </s> opens"],
  "test_ja_model-T5": ["the <s> baker </s> opens"],
};

/** Those that a tokenizer makes of all texts, and what Python makes of them. */
function compare(tokenizer: Tokenizer, ids: readonly (Ids | string)[], decoded: readonly string[], name: string) {
  compareEntries(everyText(tokenizer, ids), expectedOf(ids, decoded), name);
}

function compareEntries(found: readonly Outcome[], expected: readonly Outcome[], name: string) {
  const isAlike = ({ text }: Outcome) => !otherwise[name]?.includes(String(text));
  expect(found.filter(isAlike)).toEqual(expected.filter(isAlike));
}

describe.each(witness.folders.map((entry) => [entry.name, entry] as const))("a folder of %s", (name, entry) => {
  it("gives the ids and texts that Python gives", async () => {
    const { target, ...source } = (await read(name))!;
    const tokenizer = open(source);
    if (name === "marian-apart") {
      // Python decodes all ids with the vocabulary of the target.
      const ids = everyText(tokenizer, entry.ids).map(({ text, ids }) => ({ text, ids, decoded: "" }));
      compareEntries(
        ids,
        expectedOf(
          entry.ids,
          witness.texts.map(() => ""),
        ),
        name,
      );
    } else {
      compare(tokenizer, entry.ids, entry.decoded, name);
    }
    expect(target !== undefined).toBe(entry.targetIds !== undefined);
    if (target !== undefined) compare(open(target), entry.targetIds!, entry.targetDecoded!, name);
  });

  it("has the special tokens and the size that it has in Python", async () => {
    const { bosId, eosId, unkId, padId, vocabSize } = open((await read(name))!);
    const found = { bos: bosId ?? null, eos: eosId ?? null, unk: unkId ?? null, pad: padId ?? null };
    expect({ ...found, size: vocabSize }).toEqual({ ...entry.special, size: entry.size });
  });

  it("gives pairs of texts the tokens and types that Python gives them", async () => {
    const tokenizer = open((await read(name))!);
    const pairs = witness.pairs.map(([first, second]) => tokenizer.encodePair(first, second));
    expect(pairs.map(({ ids }) => [...ids])).toEqual(entry.pairs.map(([ids]) => ids));
    for (const [index, [, types]] of entry.pairs.entries()) {
      // Classes of models that do without types give none.
      if (types !== null) expect([...pairs[index]!.typeIds]).toEqual(types);
    }
  });

  it("is the same tokenizer as a tokenizer.json", async () => {
    const made = (await read(name))!;
    const { json, config } = JSON.parse(JSON.stringify(made));
    const [first, again] = [open(made), Tokenizer.fromJSON(json, config)];
    const short = witness.texts.filter((text) => text.length < 1000);
    expect(short.map((text) => again.encode(text))).toEqual(short.map((text) => first.encode(text)));
  });
});

describe("rules of normalization", () => {
  const models = [
    ["small", new URL("t5/spiece.model", folder)],
    ["nfkc", new URL("sentencepiece/test_model.model", dataFolder)],
  ] as const;

  it.each(models)("are applied as in Rust: %s", async (name, location) => {
    if (name === "nfkc" && noData) return;
    const { charsmap } = readSentencePiece({ bytes: new Uint8Array(await readFile(location)), path: "some.model" });
    const map = charsmapOfBase64(base64(charsmap));
    const texts = witness.texts.filter((text) => text.length < 1000);
    const expected = texts.map((text, index) => witness.normalized[name][index] ?? text);
    expect(texts.map((text) => map.normalize(text))).toEqual(expected);
  });
});

describe.skipIf(noData).each(witness.real.map((entry) => [entry.name, entry] as const))("%s", (_, entry) => {
  it("gives the ids and texts that Python gives", async () => {
    const files = new Map([
      [entry.file, new Uint8Array(await readFile(new URL(`sentencepiece/${entry.model}.model`, dataFolder)))],
      ["tokenizer_config.json", new TextEncoder().encode(JSON.stringify({ tokenizer_class: entry.class }))],
    ]);
    const tokenizer = open((await readTokenizer({ location: "some/folder", read: async (name) => files.get(name) }))!);
    compare(tokenizer, entry.ids, entry.decoded, entry.name);
    expect(tokenizer.vocabSize).toBe(entry.size);
  });
});
