import { expect, it } from "vitest";
import { bleuTokenizer } from "../../src/translation/bleu-tokenizer.ts";

it.each([
  ["zh", "zh"],
  ["ZH-CN", "zh"],
  ["zh_Hant", "zh"],
  ["ja", "char"],
  ["ja-JP", "char"],
  ["en", "13a"],
  ["jav", "13a"],
  [undefined, "13a"],
] as const)("of %s is %s", (language, tokenizer) => {
  expect(bleuTokenizer(language)).toBe(tokenizer);
});
