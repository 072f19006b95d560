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
    [/model\.merges\.1: is not written as those before/, { model: { ...bpe, merges: ["a b", ["a", "b"]] } }],
    [/model\.merges\.0: "ba" is not in model\.vocab/, { model: { ...bpe, merges: [["b", "a"]] } }],
    [/added_tokens\.0\.id/, { model: bpe, added_tokens: [{ content: "<s>" }] }],
    [/added_tokens: /, { model: bpe, added_tokens: {} }],
    [/normalizer: must be an object with a type/, { model: bpe, normalizer: "NFC" }],
    [/decoder\.type: must be the name of a type/, { model: bpe, decoder: {} }],
    [
      /pre_tokenizer\.pretokenizers\.0\.pattern: must hold a "String" or a "Regex"/,
      { model: bpe, pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: {} }] } },
    ],
    [/model\.vocab: the id of "a" is 2147483648, not a number up to/, { model: { ...bpe, vocab: { a: 2 ** 31 } } }],
    [/model\.vocab: the id of "a" is \{"toString":1\}/, { model: { ...bpe, vocab: { a: { toString: 1 } } } }],
    [/model\.vocab: a token has 1001 characters/, { model: { ...bpe, vocab: { ["a".repeat(1001)]: 0 } } }],
    [/model\.vocab: is empty/, { model: { type: "Unigram", vocab: [] } }],
    [/model\.unk_id: there is no token 1/, { model: { type: "Unigram", vocab: [["a", 0]], unk_id: 1 } }],
    [/model\.unk_token: must be a text/, { model: { ...bpe, unk_token: 7 } }],
    [/added_tokens\.0\.id/, { model: bpe, added_tokens: [{ id: 2 ** 31, content: "<s>" }] }],
    [/added_tokens\.1: must be an object/, { model: bpe, added_tokens: [{ id: 3, content: "<s>" }, 7] }],
    [/normalizer\.prepend: is missing/, { model: bpe, normalizer: { type: "Prepend" } }],
    [/pre_tokenizer\.pretokenizers: is missing/, { model: bpe, pre_tokenizer: { type: "Sequence", processors: [] } }],
    [/pre_tokenizer\.length: must be above 0/, { model: bpe, pre_tokenizer: { type: "FixedLength", length: 0 } }],
    [/pre_tokenizer\.length: is missing/, { model: bpe, pre_tokenizer: { type: "FixedLength" } }],
    [/post_processor\.cls: is missing/, { model: bpe, post_processor: { type: "BertProcessing", sep: ["a", 0] } }],
    [
      /post_processor\.single: must be a list/,
      { model: bpe, post_processor: { type: "TemplateProcessing", single: 1 } },
    ],
    [/post_processor\.single\.0: must/, { model: bpe, post_processor: { type: "TemplateProcessing", single: [1] } }],
    [/decoder\.suffix: must be a text/, { model: bpe, decoder: { type: "BPEDecoder", suffix: 1 } }],
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

const replace = { type: "Replace", pattern: { Regex: "" }, content: "xx" };
const piece = { Sequence: { id: "A", type_id: 0 } };

/** A value inside itself, many times. */
function nested(inside: (value: unknown) => unknown, depth = 20_000): unknown {
  let value: unknown = { type: "NFC" };
  for (let i = 0; i < depth; i++) value = inside(value);
  return value;
}

describe("a tokenizer.json that would cost more than its size is refused", () => {
  it.each<[RegExp, unknown]>([
    [
      /nested too deeply/,
      { model: bpe, normalizer: nested((normalizer) => ({ type: "Sequence", normalizers: [normalizer] })) },
    ],
    [/nested too deeply/, { model: bpe, unknown: nested((value) => [value]) }],
    [
      /pre_tokenizer: holds more than 10000 values/,
      { model: bpe, pre_tokenizer: sequence("pretokenizers", { type: "Digits" }, 6000) },
    ],
    [/normalizer: can make a text more than/, { model: bpe, normalizer: sequence("normalizers", replace, 40) }],
    [
      /decoder: can make a text more than/,
      { model: bpe, decoder: sequence("decoders", { type: "BPEDecoder", suffix: "" }, 40) },
    ],
    [
      /pre_tokenizer: can make a text more than/,
      { model: bpe, pre_tokenizer: { type: "Metaspace", replacement: "x".repeat(2 ** 21) } },
    ],
    [
      /pre_tokenizer\.pattern\.Regex: has more than 10000 characters/,
      { model: bpe, pre_tokenizer: { ...replace, type: "Split", pattern: { Regex: "(a)".repeat(5000) } } },
    ],
    [
      /post_processor\.single: has more than 64 pieces/,
      { model: bpe, post_processor: { type: "TemplateProcessing", single: Array(65).fill(piece) } },
    ],
  ])("%s", (message, json) => {
    expect(() => Tokenizer.fromJSON(json)).toThrow(
      expect.objectContaining({ code: "FORMAT_INVALID", message: expect.stringMatching(message) }),
    );
  });

  it("also where only a regular expression becomes too large when it is compiled", () => {
    const pre_tokenizer = { type: "Split", pattern: { Regex: "(?:a?){65535}".repeat(100) }, behavior: "Isolated" };
    expect(() => Tokenizer.fromJSON({ model: bpe, pre_tokenizer })).toThrow(
      expect.objectContaining({ code: "MODEL_UNSUPPORTED", message: expect.stringContaining("does not support") }),
    );
  });

  it("but not one that replaces many single characters", () => {
    const swap = { type: "Replace", pattern: { String: "x" }, content: "a" };
    const tokenizer = Tokenizer.fromJSON({ model: bpe, normalizer: sequence("normalizers", swap, 100) });
    expect([...tokenizer.encode("xb")]).toEqual([2]);
  });
});

function sequence(list: string, component: object, count: number) {
  return { type: "Sequence", [list]: Array(count).fill(component) };
}

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
