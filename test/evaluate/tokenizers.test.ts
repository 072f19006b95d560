import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import type { TokenizerName } from "../../src/evaluate/index.ts";
import { tokenizerOf } from "../../src/evaluate/tokenizers.ts";
import { splitWords, trim, trimEnd } from "../../src/evaluate/whitespace.ts";
import { sacrebleu } from "./fixture.ts";

describe("tokenizers", () => {
  it.each(Object.keys(sacrebleu.tokens) as TokenizerName[])("%s splits as sacreBLEU does", (name) => {
    const tokenize = tokenizerOf(name);
    const actual = sacrebleu.sentences.map((sentence) => tokenize(trimEnd(sentence)).join(" "));
    expect(actual).toEqual(sacrebleu.tokens[name]);
  });

  it("names the tokenizers there are when asked for another", () => {
    expect(() => tokenizerOf("mecab" as TokenizerName)).toThrow(
      new HeedError("CONFIG_INVALID", 'There is no BLEU tokenizer "mecab". Use one of: 13a, intl, zh, char, none.'),
    );
  });

  it("does not take an object's own methods for tokenizers", () => {
    expect(() => tokenizerOf("toString" as TokenizerName)).toThrow(HeedError);
  });
});

describe("white space", () => {
  it("is Python's, not JavaScript's", () => {
    expect(splitWords("\x1c a\x1fb\x85c\ufeffd\u200be \u3000")).toEqual(["a", "b", "c\ufeffd\u200be"]);
    expect(trimEnd("\x85 a \x1d\u2028")).toBe("\x85 a");
    expect(trim("\x85 a \x1d\u2028")).toBe("a");
  });

  it("leaves nothing of a line of white space", () => {
    expect(splitWords(" \t\n")).toEqual([]);
    expect(trim(" \t\n")).toBe("");
  });
});

describe("lower case", () => {
  it("is Python's", () => {
    expect(sacrebleu.sentences.map((sentence) => sentence.toLowerCase())).toEqual(sacrebleu.lowercase);
  });
});
