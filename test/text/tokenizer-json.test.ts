import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/text/index.ts";

const bpe = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]] };

describe("a broken tokenizer.json is refused, with what is wrong", () => {
  it.each<[RegExp, unknown]>([
    [/The file/, null],
    [/The file/, "text"],
    [/The file/, []],
    [/model: is missing/, {}],
    [/model: is missing/, { model: 1 }],
    [/model\.type: must be one of BPE/, { model: { ...bpe, type: "Markov" } }],
    [/model\.vocab: must hold the tokens/, { model: { type: "BPE", merges: [] } }],
    [/model\.vocab: the id of "b" is -1/, { model: { ...bpe, vocab: { a: 0, b: -1 } } }],
    [/model\.vocab: the id of "a" is "x"/, { model: { ...bpe, vocab: { a: "x" } } }],
    [/model\.vocab: "a" and "b" have the same id, 0/, { model: { ...bpe, vocab: { a: 0, b: 0 } } }],
    [/model\.vocab: must be an object for the type BPE/, { model: { ...bpe, vocab: [], merges: [] } }],
    [/model\.vocab: must be a list for the type Unigram/, { model: { type: "Unigram", vocab: {} } }],
    [/model\.vocab\.0: must be a token and its score/, { model: { type: "Unigram", vocab: ["a"] } }],
    [/model\.merges: is missing/, { model: { type: "BPE", vocab: { a: 0 } } }],
    [/model\.merges: must be a list/, { model: { ...bpe, merges: {} } }],
    [/model\.merges\.0: must be two tokens/, { model: { ...bpe, merges: ["ab"] } }],
    [/model\.merges\.0: must be two tokens/, { model: { ...bpe, merges: [7] } }],
    [/model\.merges\.1: "c" is not in model\.vocab/, { model: { ...bpe, merges: ["a b", "ab c"] } }],
    [/model\.merges\.0: "ba" is not in model\.vocab/, { model: { ...bpe, merges: [["b", "a"]] } }],
    [/added_tokens\.0\.id/, { model: bpe, added_tokens: [{ content: "<s>" }] }],
    [/added_tokens: /, { model: bpe, added_tokens: {} }],
    [/normalizer: must be an object with a type/, { model: bpe, normalizer: "NFC" }],
    [/decoder\.type: must be the name of a type/, { model: bpe, decoder: {} }],
    [
      /pre_tokenizer\.pretokenizers\.0\.pattern: must hold a "String" or a "Regex"/,
      { model: bpe, pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: {} }] } },
    ],
  ])("%s", (message, json) => {
    expect(() => Tokenizer.fromJSON(json)).toThrow(
      expect.objectContaining({
        code: "FORMAT_INVALID",
        message: expect.stringMatching(message),
        path: "tokenizer.json",
      }),
    );
  });

  it("also tokenizer_config.json", () => {
    for (const config of [7, { eos_token: 3 }, { pad_token: { text: "<pad>" } }]) {
      expect(() => Tokenizer.fromJSON({ model: bpe }, config, "folder")).toThrow(
        expect.objectContaining({ code: "FORMAT_INVALID", path: "folder/tokenizer_config.json" }),
      );
    }
  });
});

describe("a tokenizer.json may", () => {
  it("leave out what it does not need, and name merges as strings", () => {
    const tokenizer = Tokenizer.fromJSON({ model: { vocab: bpe.vocab, merges: ["a b"] } });
    expect([...tokenizer.encode("abb")]).toEqual([2, 1]);
    expect(tokenizer.vocabSize).toBe(3);
  });

  it("name tokens in tokenizer_config.json only, plainly or with properties", () => {
    const config = {
      eos_token: "b",
      pad_token: { content: "ab", lstrip: false },
      cls_token: null,
      bos_token: "absent",
    };
    const tokenizer = Tokenizer.fromJSON({ model: bpe }, config);
    expect([tokenizer.eosId, tokenizer.padId, tokenizer.bosId, tokenizer.unkId]).toEqual([1, 2, undefined, undefined]);
    expect(tokenizer.decode([0, 1, 0, 2])).toBe("a a");
    expect(tokenizer.toJSON()).toEqual({ model: bpe });
  });

  it("spell tokens like properties of objects", () => {
    const vocab = JSON.parse('{"_": 0, "__": 1, "p": 2, "__p": 3, "__proto__": 4, "toString": 5}');
    const tokenizer = Tokenizer.fromJSON({ model: { type: "BPE", vocab, merges: ["_ _", "__ p"] } });
    expect(tokenizer.tokens(tokenizer.encode("__p_"))).toEqual(["__p", "_"]);
    expect([tokenizer.tokenToId("__proto__"), tokenizer.tokenToId("constructor")]).toEqual([4, undefined]);
  });
});
