import type { TokenizerName } from "../evaluate/index.ts";

/** The BLEU tokenizer for a language tag ("ja", "zh-CN"): languages written without spaces have their own. */
export function bleuTokenizer(language: string | undefined): TokenizerName {
  switch (language?.toLowerCase().split(/[-_]/)[0]) {
    case "zh":
      return "zh";
    case "ja":
      return "char";
    default:
      return "13a";
  }
}
