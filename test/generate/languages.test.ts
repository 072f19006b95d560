import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { createTranslator } from "../../src/generate/index.ts";
import { endingOf, Languages } from "../../src/generate/languages.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { heedError } from "../hub/errors.ts";
import { smallTransformer } from "./models.ts";

/** What Python's tokenizers do: see scripts/fixtures/languages.py. */
interface Known {
  readonly vocabulary: readonly string[];
  readonly eos: number;
  readonly empty: readonly number[];
  readonly text: string;
  readonly encoded: readonly number[];
  readonly pairs: readonly { from?: string; to: string; source: number[]; first?: number; target: number[] }[];
}

const path = new URL("../fixtures/languages.json", import.meta.url);
const { versions: _, ...fixture } = JSON.parse(readFileSync(path, "utf8")) as Record<string, Known>;

/** Of few texts. */
const tokenizerOf = ({ vocabulary, empty, text, encoded }: Known) => ({
  encode: (given: string) => Int32Array.from(given === text ? encoded : empty),
  idToToken: (id: number) => vocabulary[id],
  decode: (ids: Iterable<number>) => [...ids].map((id) => vocabulary[id]).join(" "),
});

const configOf = ({ vocabulary, eos }: Known, decoderStartTokenId = eos) => ({
  vocabSize: vocabulary.length,
  padTokenId: vocabulary.indexOf("<pad>"),
  eosTokenId: eos,
  decoderStartTokenId,
  maxPositionEmbeddings: 32,
});

const languagesOf = (known: Known, start?: number) => new Languages(tokenizerOf(known), configOf(known, start));
const inKind = (name: string) => fixture[name]!;

describe.each(Object.entries(fixture))("languages of %s", (_, known) => {
  const encoded = Int32Array.from(known.encoded);

  it("are where Python's tokenizer puts them", () => {
    const languages = languagesOf(known);
    for (const { from, to, source, first } of known.pairs) {
      expect([...languages.source(encoded, { from, to })]).toEqual(source);
      expect(languages.firstToken({ to })).toBe(first);
    }
  });

  it("may be named by their tokens", () => {
    const languages = languagesOf(known);
    for (const { from, to, source, first } of known.pairs) {
      const ids = [from, to].map((name) =>
        known.vocabulary.findIndex((token) => token.replace(/^(__|>>)|(__|<<)$/g, "") === name),
      );
      const [fromToken, toToken] = ids.map((id) => known.vocabulary[id]);
      expect([...languages.source(encoded, { from: fromToken, to: toToken })]).toEqual(source);
      expect(languages.firstToken({ to: toToken })).toBe(first);
    }
  });

  it("are told by a translation's first token, and it ends with its end", () => {
    const languages = languagesOf(known);
    for (const { to, target } of known.pairs) {
      const found = [...languages.target(encoded, languages.firstToken({ to }))];
      const first = languages.firstToken({ to });
      const text = target.filter((id) => id !== first && id !== known.eos);
      expect(found).toEqual([...(first === undefined ? [] : [first]), ...text, known.eos]);
    }
  });

  it("that are unknown are an error which lists those that are known", async () => {
    const languages = languagesOf(known);
    const error = await heedError(
      async () => languages.source(encoded, { to: "xx" }) && languages.firstToken({ to: "xx" }),
      "CONFIG_INVALID",
    );
    expect(error.message).toContain('to: "xx" is no language of this model. It knows: ');
    expect(error.message).toContain(`${known.pairs[0]!.to},`);
  });
});

describe("languages", () => {
  it("of a decoder that begins with its language need no first token, and it knows no other", async () => {
    const known = inKind("mbart");
    const start = known.vocabulary.indexOf("ro_RO");
    expect(languagesOf(known, start).firstToken({ to: "ro_RO" })).toBeUndefined();
    const error = await heedError(async () => languagesOf(known, start).firstToken({ to: "fr_XX" }), "CONFIG_INVALID");
    expect(error.message).toBe('to: this model translates into ro_RO only, found "fr_XX".');
  });

  it("of Marian's sources are not told", async () => {
    const known = inKind("marian");
    const error = await heedError(
      async () => languagesOf(known).source(new Int32Array(1), { from: "eng" }),
      "CONFIG_INVALID",
    );
    expect(error.message).toBe("from: this model is not told the language of the source. Leave it out.");
  });

  it("of a model without tokens for them are an error", async () => {
    const known = inKind("marian");
    const vocabulary = known.vocabulary.filter((token) => !token.startsWith(">>"));
    const languages = languagesOf({ ...known, vocabulary });
    const error = await heedError(async () => languages.source(new Int32Array(1), { to: "fra" }), "CONFIG_INVALID");
    expect(error.message).toBe("to: this model is not told which language to translate into. Leave it out.");
  });

  it("stand behind the end of a source, or do not", () => {
    for (const [name, { encoded, eos }] of Object.entries(fixture)) {
      const behind = ["mbart", "nllb-legacy"].includes(name);
      expect(endingOf(encoded, { eosTokenId: eos })).toBe(behind ? 2 : 1);
    }
  });
});

describe("a translator", async () => {
  const runtime: Runtime = await nativeRuntime({ threads: 1 });
  afterAll(() => runtime.dispose());
  const modelOf = (known: Known, config: object = {}) => smallTransformer({ ...configOf(known), ...config });

  it("is told languages by options, and begins with that of the translation", async () => {
    const known = inKind("mbart50");
    await using translator = createTranslator({ model: modelOf(known), tokenizer: tokenizerOf(known), runtime });
    for (const { from, to, source, first } of known.pairs) {
      const found = (await translator.translate([known.text], { from, to, maxNewTokens: 4 }))[0]![0]!;
      const { tokens, sourceTokens } = found;
      expect(sourceTokens).toEqual(source.map((id) => known.vocabulary[id]));
      expect(tokens[0]!.id).toBe(first);
      const [scored] = await translator.score([known.text], [known.text], { from, to });
      expect(scored!.tokens.map(({ id }) => id)).toEqual([first, ...known.encoded.slice(1)]);
    }
  });

  it("truncates a source so that what stands behind its text stays", async () => {
    const known = inKind("mbart");
    const model = modelOf(known, { maxPositionEmbeddings: 3 });
    await using translator = createTranslator({ model, tokenizer: tokenizerOf(known), runtime });
    const options = { from: "fr_XX", truncate: true };
    const found = (await translator.translate([known.text], options))[0]![0]!;
    expect(found.sourceTokens).toEqual(["▁a", "</s>", "fr_XX"]);
  });

  it("reads in one vocabulary and writes in another", async () => {
    const known = inKind("marian");
    const config = { shareEncoderDecoderEmbeddings: false, vocabSize: 40, decoderVocabSize: known.vocabulary.length };
    const model = modelOf(known, config);
    const tokenizer = {
      ...tokenizerOf(known),
      encode: () => Int32Array.of(39, 30, 0),
      idToToken: (id: number) => `s${id}`,
    };
    const targetTokenizer = tokenizerOf(known);
    await using translator = createTranslator({ model, tokenizer, targetTokenizer, runtime });
    const found = (await translator.translate(["x"], { numBeams: 3, top: 3 }))[0]![0]!;
    expect(found.sourceTokens).toEqual(["s39", "s30", "s0"]);
    for (const { id, text } of found.tokens) expect(text).toBe(known.vocabulary[id]);
    const [scored] = await translator.score(["x"], [known.text], { top: 2 });
    expect(scored!.tokens.map(({ id }) => id)).toEqual(known.encoded);
    const error = await heedError(async () => createTranslator({ model, tokenizer, runtime }), "INPUT_INVALID");
    expect(error.message).toContain("targetTokenizer");
  });
});
