import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/text/index.ts";
import { preTokens } from "../../src/text/library.ts";
import { openLibrary } from "../../src/text/open-library.ts";
import { witness } from "./witness.ts";

const model = { type: "BPE", vocab: {}, merges: [] };

describe("pre-tokenizers split text as they do in Python", () => {
  it.each(witness.preTokenizers.map((entry) => [JSON.stringify(entry.preTokenizer), entry] as const))(
    "%s",
    (_, entry) => {
      const library = openLibrary({ pre_tokenizer: entry.preTokenizer, model }, {}, "tokenizer.json");
      for (const [index, text] of witness.strings.entries()) {
        expect(preTokens(library, text), JSON.stringify(text)).toEqual(entry.pieces[index]);
      }
    },
  );
});

describe("what the library cannot do alike is refused", () => {
  it.each([
    ["a Split that merges", { pre_tokenizer: { type: "Split", pattern: { Regex: "-+" }, behavior: "MergedWithNext" } }],
    ["Punctuation that merges", { pre_tokenizer: { type: "Punctuation", behavior: "MergedWithPrevious" } }],
    ["an unknown pre-tokenizer", { pre_tokenizer: { type: "UnicodeScripts" } }],
    ["an unknown normalizer", { normalizer: { type: "Nmt" } }],
    ["a prefix for parts of words", { model: { ...model, continuing_subword_prefix: "##" } }],
  ])("%s", (_, parts) => {
    expect(() => Tokenizer.fromJSON({ model, ...parts }, {}, "some/folder")).toThrow(
      expect.objectContaining({ code: "MODEL_UNSUPPORTED", path: "some/folder/tokenizer.json" }),
    );
  });
});
