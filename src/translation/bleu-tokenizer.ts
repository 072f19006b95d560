import type { TokenizerName } from "../evaluate/index.ts";

/** A language of which BLEU's usual splitting, at spaces and punctuation, finds few words. */
interface Unspaced {
  readonly name: string;
  /** Language tags without regions. */
  readonly tags: readonly string[];
  /** A letter that tells the language. */
  readonly letter: RegExp;
  readonly tokenizer: TokenizerName;
}

/**
 * Japanese stands before Chinese, whose characters it has too. Korean has spaces, and as a language that is named it is
 * split at them: what others publish is so, or split by a dictionary.
 */
const UNSPACED: readonly Unspaced[] = [
  { name: "Japanese", tags: ["ja"], letter: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, tokenizer: "char" },
  { name: "Chinese", tags: ["zh", "yue"], letter: /\p{Script=Han}/gu, tokenizer: "zh" },
  { name: "Korean", tags: [], letter: /\p{Script=Hangul}/gu, tokenizer: "char" },
  { name: "Thai", tags: ["th"], letter: /\p{Script=Thai}/gu, tokenizer: "char" },
  { name: "Lao", tags: ["lo"], letter: /\p{Script=Lao}/gu, tokenizer: "char" },
  { name: "Khmer", tags: ["km"], letter: /\p{Script=Khmer}/gu, tokenizer: "char" },
  { name: "Burmese", tags: ["my"], letter: /\p{Script=Myanmar}/gu, tokenizer: "char" },
];

/** The BLEU tokenizer for a language tag ("ja", "zh-CN"): languages written without spaces have their own. */
export function bleuTokenizer(language = ""): TokenizerName {
  const primary = language.toLowerCase().split(/[-_]/)[0]!;
  return UNSPACED.find(({ tags }) => tags.includes(primary))?.tokenizer ?? "13a";
}

/** Texts to look at. */
const SAMPLE = 1000;
/** A language is seen in a fifth of the letters: a text may have many foreign names. */
const SHARE = 5;

/** What texts look like, of which 13a finds few words, and the tokenizer for them; undefined for all other languages. */
export function unspacedLanguage(texts: readonly string[]): Pick<Unspaced, "name" | "tokenizer"> | undefined {
  const text = texts.slice(0, SAMPLE).join("\n");
  const count = (letter: RegExp) => text.match(letter)?.length ?? 0;
  const letters = count(/\p{L}/gu);
  return UNSPACED.find(({ letter }) => letters > 0 && count(letter) * SHARE >= letters);
}
