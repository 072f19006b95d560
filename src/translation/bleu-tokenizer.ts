import type { TokenizerName } from "../evaluate/index.ts";

/** The BLEU tokenizer for a language: those written without spaces have their own. */
export function bleuTokenizer(language: string | undefined): TokenizerName {
  if (language?.startsWith("zh")) return "zh";
  return language === "ja" ? "char" : "13a";
}
