import { expect, it } from "vitest";
import { compilerMessageLanguages } from "../../src/data/corpora/languages.ts";
import { openCorpus } from "../../src/data/open.ts";
import { bleuTokenizer, unspacedLanguage } from "../../src/translation/bleu-tokenizer.ts";

it.each([
  ["zh", "zh"],
  ["ZH-CN", "zh"],
  ["zh_Hant", "zh"],
  ["ja", "char"],
  ["ja-JP", "char"],
  ["yue", "zh"],
  ["th", "char"],
  ["ko", "13a"],
  ["en", "13a"],
  ["jav", "13a"],
  [undefined, "13a"],
] as const)("of %s is %s", (language, tokenizer) => {
  expect(bleuTokenizer(language)).toBe(tokenizer);
});

// What TypeScript's messages are written in is known.
it.each(compilerMessageLanguages.filter((language) => language !== "en"))("messages in %s look so", async (to) => {
  await using corpus = await openCorpus({ corpus: "compiler-messages", from: "en", to });
  const texts: string[] = [];
  for await (const pairs of corpus.train.pairs()) for (const { target } of pairs) texts.push(target);
  const expected: Record<string, object> = {
    ja: { name: "Japanese", tokenizer: "char" },
    ko: { name: "Korean", tokenizer: "char" },
    "zh-cn": { name: "Chinese", tokenizer: "zh" },
    "zh-tw": { name: "Chinese", tokenizer: "zh" },
  };
  const found = unspacedLanguage(texts);
  expect(found && { name: found.name, tokenizer: found.tokenizer }).toEqual(expected[to]);
});

it.each<[string, string | undefined]>([
  ["ภาษาไทยเขียนโดยไม่เว้นวรรค", "Thai"],
  ["Il a dit 你好 et il est parti sans un mot.", undefined],
  ["12 % — 34", undefined],
  ["", undefined],
])("a text such as %j looks %s", (text, name) => {
  expect(unspacedLanguage([text])?.name).toBe(name);
});
