import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnBpe, Tokenizer } from "../../src/text/index.ts";
import { loadTokenizer } from "../../src/text/tokenizer-files.ts";
import { dataFolder, noData, witness } from "./witness.ts";

const byteLevel = await learnBpe(witness.corpus, { kind: "byteLevel", vocabSize: 500 });
const wordBoundary = await learnBpe(witness.corpus, { kind: "wordBoundary", vocabSize: 450 });

describe("a tokenizer.json gives the ids and texts that it gives in Python", () => {
  const others = { "without bytes": witness.unknown, Unigram: witness.unigram };
  const named = witness.learned.map((one) => [`${one.kind} ${one.vocabSize}`, one] as const);
  for (const [name, { json, ids, decoded, decodedWithSpecial }] of [...named, ...Object.entries(others)]) {
    const tokenizer = Tokenizer.fromJSON(json);
    it.each(witness.strings.map((text, index) => [text, index] as const))(`${name}: %j`, (text, index) => {
      expect([...tokenizer.encode(text)]).toEqual(ids[index]);
      expect(tokenizer.decode(ids[index]!)).toBe(decoded[index]);
      expect(tokenizer.decode(ids[index]!, { skipSpecialTokens: false })).toBe(decodedWithSpecial[index]);
    });
  }

  describe("also for texts that are spelled in bytes", () => {
    const tokenizer = Tokenizer.fromJSON(witness.learned[0]!.json);
    const { strings, ids, decoded, decodedWithSpecial, given } = witness.hard;

    it(`${strings.length} of them`, () => {
      for (const [index, text] of strings.entries()) {
        expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids[index]);
        expect(tokenizer.decode(ids[index]!)).toBe(decoded[index]);
        expect(tokenizer.decode(ids[index]!, { skipSpecialTokens: false })).toBe(decodedWithSpecial[index]);
      }
    });

    it("and for bytes that no text has", () => {
      expect(given.some(({ decoded }) => decoded.includes("\uFFFD"))).toBe(true);
      for (const { ids, decoded } of given) expect(tokenizer.decode(ids), String(ids)).toBe(decoded);
    });
  });

  describe.skipIf(noData)("also where others made it (needs ../shared/data)", () => {
    for (const { folder, texts, ids, decoded, decodedWithSpecial } of witness.foreign) {
      it(folder, async () => {
        const tokenizer = await loadTokenizer(fileURLToPath(new URL(folder, dataFolder)));
        expect(texts.map((text) => [...tokenizer.encode(text)])).toEqual(ids);
        expect(ids.map((one) => tokenizer.decode(one))).toEqual(decoded);
        expect(ids.map((one) => tokenizer.decode(one, { skipSpecialTokens: false }))).toEqual(decodedWithSpecial);
      });
    }
  });
});

it("knows whether it has capitals", async () => {
  const small = await learnBpe(witness.corpus, { kind: "wordBoundary", vocabSize: 450, lowercase: true });
  expect([wordBoundary, byteLevel, small].map(({ lowercase }) => lowercase)).toEqual([false, false, true]);
  expect(small.decode(small.encode("THE"))).toBe("the");
  const bert = (lowercase: boolean) => ({ type: "BertNormalizer", clean_text: true, lowercase, strip_accents: null });
  const vocab = { "[UNK]": 0, a: 1, A: 2 };
  for (const lowercase of [true, false]) {
    const model = { type: "WordPiece", unk_token: "[UNK]", vocab };
    expect(Tokenizer.fromJSON({ normalizer: bert(lowercase), model }).lowercase).toBe(lowercase);
  }
});

describe("what a vocabulary cannot write", () => {
  const unknownIn = (json: object, text: string) => Tokenizer.fromJSON(json).unknown(text);

  it("is told where an unknown token stands for it, and only there", () => {
    const tokenizer = Tokenizer.fromJSON(witness.unknown.json);
    for (const [index, text] of witness.strings.entries()) {
      const unknown = tokenizer.unknown(text);
      // That token may also be spelled out.
      const lacking = witness.unknown.ids[index]!.filter((id) => id === tokenizer.unkId).length;
      expect(unknown.length > 0, text).toBe(lacking > (text.match(/<unk>/g) ?? []).length);
      for (const character of unknown) expect(text.normalize("NFC")).toContain(character);
    }
    expect(tokenizer.unknown("the 猫 and the 🙂, 猫, \ud83d")).toEqual(["猫", "🙂", "\ufffd"]);
  });

  it("is told apart from what is spelled in bytes, which shows in the tokens", () => {
    const [first] = witness.learned;
    const { strings, ids } = witness.hard;
    for (const [json, texts, idsOf] of [
      [first!.json, strings, ids],
      [first!.json, witness.strings, first!.ids],
      [witness.unigram.json, witness.strings, witness.unigram.ids],
      [witness.unknown.json, witness.strings, witness.unknown.ids],
    ] as const) {
      const tokenizer = Tokenizer.fromJSON(json);
      for (const [index, text] of texts.entries()) {
        const bytes = tokenizer.tokens(idsOf[index]!).filter((token) => /^<0x[0-9A-F]{2}>$/.test(token));
        const written = [...text.matchAll(/<0x[0-9A-F]{2}>/g)].length;
        expect(tokenizer.spelledInBytes(text).length > 0, JSON.stringify(text)).toBe(bytes.length > written);
      }
    }
    expect(wordBoundary.spelledInBytes("the 猫 and 🙂猫")).toEqual(["猫", "🙂"]);
    expect(byteLevel.spelledInBytes("the 猫")).toEqual([]);
  });

  it("is nothing where bytes stand in", () => {
    for (const { json } of [...witness.learned, witness.unigram]) {
      for (const text of witness.strings) expect(unknownIn(json, text)).toEqual([]);
    }
  });

  it("is characters or words, whichever the vocabulary is made of", () => {
    const vocab = { "[UNK]": 0, well: 1, a: 2, "a</w>": 3 };
    const pre_tokenizer = { type: "WhitespaceSplit" };
    const text = "well wéll a aé éa well";
    expect(unknownIn({ pre_tokenizer, model: { type: "WordLevel", vocab, unk_token: "[UNK]" } }, text)).toEqual(
      "wéll a aé éa".split(" ").filter((word) => word !== "a"),
    );
    const wordPiece = { type: "WordPiece", vocab, unk_token: "[UNK]", continuing_subword_prefix: "##" };
    expect(unknownIn({ pre_tokenizer, model: wordPiece }, text)).toEqual(["wéll", "aé", "éa"]);
    // Here nothing stands for what is unknown: it is left out.
    const pairs = { type: "BPE", vocab, merges: [], end_of_word_suffix: "</w>" };
    expect(unknownIn({ pre_tokenizer, model: pairs }, "a aé éa aa")).toEqual(["é"]);
    const { byte_fallback: _, ...model } = witness.unigram.json.model;
    expect(unknownIn({ ...witness.unigram.json, model }, "the bakery 猫é猫")).toEqual(["猫"]);
  });
});

describe("decoding gives back what was encoded", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc.array(fc.constantFrom(...witness.strings, " ", "\n", "\ud83d", "</s>")).map((parts) => parts.join("")),
  );

  it("byteLevel: every text, lone surrogates as U+FFFD", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = byteLevel.encode(text, { addSpecialTokens: false });
        expect(byteLevel.decode(ids, { skipSpecialTokens: false })).toBe(
          new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("wordBoundary: every text, in NFC, with single spaces inside", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        // Metaspace's mark is a space, and so are special tokens, which are split off and left out.
        const plain = text.replaceAll(/▁|<\/s>|<unk>|<pad>/g, "");
        const formed = plain.replace(/\p{Surrogate}/gu, "\uFFFD").normalize("NFC");
        const words = formed.split(/[ \t\n\v\f\r\u0085\u2028\u2029]+/);
        const ids = wordBoundary.encode(plain);
        expect(ids).not.toContain(wordBoundary.unkId);
        expect(wordBoundary.decode(ids)).toBe(words.filter((word) => word !== "").join(" "));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Tokenizer", () => {
  it("puts eos after a text unless told otherwise", () => {
    const ids = wordBoundary.encode("The bakery");
    expect(ids).toBeInstanceOf(Int32Array);
    expect(ids.at(-1)).toBe(wordBoundary.eosId);
    expect(wordBoundary.encode("The bakery", { addSpecialTokens: false })).toEqual(ids.slice(0, -1));
  });

  it("says when a text is more than it can take", () => {
    expect(() => wordBoundary.encode("x".repeat(12_000_000))).toThrow(
      expect.objectContaining({ code: "INPUT_TOO_LONG", message: expect.stringContaining("12000000 characters") }),
    );
  });

  it("knows its tokens", () => {
    const ids = wordBoundary.encode("The bakery");
    expect(wordBoundary.tokens(ids)).toEqual(Array.from(ids, (id) => wordBoundary.idToToken(id)));
    expect(wordBoundary.tokens(ids).join("")).toBe("▁The▁bakery</s>");
    expect(wordBoundary.tokenToId("</s>")).toBe(0);
    expect(wordBoundary.tokenToId("bakery of Heed")).toBeUndefined();
    expect(() => wordBoundary.tokens([450])).toThrow(/id 450 .* 0 to 449/);
  });

  it("keeps words apart from punctuation, digits from each other, and apostrophes at the end of their part", () => {
    const tokens = wordBoundary.tokens(wordBoundary.encode("l'école, bread. 2023", { addSpecialTokens: false }));
    expect(tokens.filter((token) => /[\p{L}\p{N}].*[,.]|\p{N}./u.test(token))).toEqual([]);
    expect(tokens).toContain("▁bread");
    expect(tokens.some((token) => /'./.test(token))).toBe(false);
  });

  it("gives no text for ids beyond the vocabulary, nor for no ids", () => {
    expect(byteLevel.decode([...byteLevel.encode("bread"), 500, 100_000])).toBe("bread");
    expect(byteLevel.decode([])).toBe("");
    expect(byteLevel.decode(byteLevel.encode(""))).toBe("");
  });

  it("comes back from its own JSON", () => {
    const json = JSON.parse(JSON.stringify(wordBoundary));
    const again = Tokenizer.fromJSON(json, JSON.parse(JSON.stringify(wordBoundary.configJSON())));
    expect(again.toJSON()).toEqual(wordBoundary.toJSON());
    expect(again.configJSON()).toEqual(wordBoundary.configJSON());
    expect([again.eosId, again.unkId, again.padId, again.vocabSize]).toEqual([0, 1, 449, 450]);
  });

  it("cleans spaces up only where tokenizer_config.json says so", () => {
    const model = { type: "WordLevel", vocab: { well: 0, ".": 1 }, unk_token: "well" };
    expect(Tokenizer.fromJSON({ model }).decode([0, 1])).toBe("well .");
    const decoder = { type: "WordPiece", prefix: "##", cleanup: false };
    expect(Tokenizer.fromJSON({ model, decoder }, { clean_up_tokenization_spaces: true }).decode([0, 1])).toBe("well.");
  });

  it("says so when there is no token for a text", () => {
    const json = { pre_tokenizer: { type: "WhitespaceSplit" }, model: { type: "WordLevel", vocab: { well: 0 } } };
    const tokenizer = Tokenizer.fromJSON(json);
    expect([...tokenizer.encode("well well")]).toEqual([0, 0]);
    expect(() => tokenizer.encode("well then")).toThrow(/no token for "then"/);
  });

  it("takes a lone surrogate for U+FFFD, in learning as in encoding", async () => {
    const tokenizer = await learnBpe(["a\ud83d b\ufffd", "c"], { kind: "wordBoundary", vocabSize: 280 });
    expect(Object.keys(tokenizer.toJSON().model.vocab).filter((token) => /\p{Surrogate}/u.test(token))).toEqual([]);
    expect(tokenizer.encode("c\ude00")).toEqual(tokenizer.encode("c\ufffd"));
    expect(tokenizer.decode(tokenizer.encode("c\ude00"))).toBe("c\ufffd");
  });

  it.each([
    ["words", "The bakery opens. ".repeat(5556)],
    ["one word", "面包".repeat(10_000)],
    ["spaces", " ".repeat(100_000)],
    ["unknown characters", "\u{1F950}".repeat(50_000)],
  ])("takes long texts, in time that does not grow as their square: %s", (_, text) => {
    for (const tokenizer of [byteLevel, wordBoundary]) {
      const start = performance.now();
      tokenizer.decode(tokenizer.encode(text));
      expect(performance.now() - start).toBeLessThan(8000);
    }
  });
});
