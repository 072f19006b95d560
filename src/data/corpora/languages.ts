/** The languages of the corpus `compiler-messages`: English, and the 13 that TypeScript's messages are translated into. */
export const compilerMessageLanguages = [
  "en",
  "cs",
  "de",
  "es",
  "fr",
  "it",
  "ja",
  "ko",
  "pl",
  "pt-br",
  "ru",
  "tr",
  "zh-cn",
  "zh-tw",
] as const;

export type CompilerMessageLanguage = (typeof compilerMessageLanguages)[number];

/** The languages of the corpus `multi30k` that are offered. */
export const multi30kLanguages = ["en", "de", "fr"] as const;

export type Multi30kLanguage = (typeof multi30kLanguages)[number];
