import { HeedError } from "../error.ts";
import { splitWords, trim } from "./whitespace.ts";

/** Splits one line of plain text into the tokens that BLEU counts. */
export type Tokenizer = (line: string) => string[];

/** ASCII punctuation and symbols other than apostrophe, comma, hyphen and period. */
const ASCII_SYMBOL = /[!-&(-+/:-@[-`{-~]/g;
const MARK_AFTER_NON_DIGIT = /([^0-9])([.,])/g;
const MARK_BEFORE_NON_DIGIT = /([.,])([^0-9])/g;
const HYPHEN_AFTER_DIGIT = /([0-9])-/g;

/**
 * The passes must run one after another: each consumes the neighbour it looks at, so that in "a.." only the first
 * period is split off by the second pass, and the scores depend on that.
 */
function splitWestern(line: string): string[] {
  return splitWords(
    line
      .replace(ASCII_SYMBOL, " $& ")
      .replace(MARK_AFTER_NON_DIGIT, "$1 $2 ")
      .replace(MARK_BEFORE_NON_DIGIT, " $1 $2")
      .replace(HYPHEN_AFTER_DIGIT, "$1 - "),
  );
}

/** The tokenization of NIST's mteval-v13a, WMT's standard. */
function tokenize13a(line: string): string[] {
  let text = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (text.includes("&")) {
    text = text.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  }
  return splitWestern(` ${text} `);
}

const PUNCTUATION_AFTER_NON_NUMBER = /(\P{N})(\p{P})/gu;
const PUNCTUATION_BEFORE_NON_NUMBER = /(\p{P})(\P{N})/gu;
const SYMBOL = /\p{S}/gu;

/**
 * The international tokenization of mteval-v14: Unicode punctuation is split off except between numbers, and symbols
 * always. Which characters are punctuation, numbers or symbols is the JavaScript engine's version of Unicode.
 */
function tokenizeIntl(line: string): string[] {
  return splitWords(
    line
      .replace(PUNCTUATION_AFTER_NON_NUMBER, "$1 $2 ")
      .replace(PUNCTUATION_BEFORE_NON_NUMBER, " $1 $2")
      .replace(SYMBOL, " $& "),
  );
}

/**
 * The characters that sacreBLEU's "zh" sets apart. Its table means ideographs, radicals, bopomofo and full-width forms,
 * but two of its entries for planes above the BMP are written with four-digit escapes, and so denote U+2001 to U+2A6D
 * (general punctuation, arrows, mathematical signs) instead of Extension B. Published scores contain that, so we do.
 */
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;

/** Each Chinese character is a token; what lies between is split as western text. */
function tokenizeZh(line: string): string[] {
  return splitWestern(trim(line).replace(CHINESE, " $& "));
}

/** Each code point that is not white space is a token. */
function tokenizeChar(line: string): string[] {
  return Array.from(splitWords(line).join(""));
}

/** "13a" (mteval-v13a), "intl" (mteval-v14), "zh" (Chinese), "char" (code points) or "none" (split at white space). */
export type TokenizerName = "13a" | "intl" | "zh" | "char" | "none";

const TOKENIZERS: Readonly<Record<TokenizerName, Tokenizer>> = {
  "13a": tokenize13a,
  intl: tokenizeIntl,
  zh: tokenizeZh,
  char: tokenizeChar,
  none: splitWords,
};

/**
 * The tokenizer of sacreBLEU of that name.
 * @throws HeedError "CONFIG_INVALID" if there is none.
 */
export function tokenizerOf(name: TokenizerName): Tokenizer {
  if (!Object.hasOwn(TOKENIZERS, name)) {
    const names = Object.keys(TOKENIZERS).join(", ");
    throw new HeedError("CONFIG_INVALID", `There is no BLEU tokenizer "${name}". Use one of: ${names}.`);
  }
  return TOKENIZERS[name];
}
