/** The languages that are not written in Latin letters, and what they are written in. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  am: ["Ethiopic"],
  ar: ["Arabic"],
  be: ["Cyrillic"],
  bg: ["Cyrillic"],
  bn: ["Bengali"],
  el: ["Greek"],
  fa: ["Arabic"],
  gu: ["Gujarati"],
  he: ["Hebrew"],
  hi: ["Devanagari"],
  hy: ["Armenian"],
  ja: ["Han", "Hiragana", "Katakana"],
  ka: ["Georgian"],
  kk: ["Cyrillic"],
  km: ["Khmer"],
  kn: ["Kannada"],
  ko: ["Hangul", "Han"],
  lo: ["Lao"],
  mk: ["Cyrillic"],
  ml: ["Malayalam"],
  mr: ["Devanagari"],
  my: ["Myanmar"],
  ne: ["Devanagari"],
  pa: ["Gurmukhi"],
  ru: ["Cyrillic"],
  si: ["Sinhala"],
  ta: ["Tamil"],
  te: ["Telugu"],
  th: ["Thai"],
  uk: ["Cyrillic"],
  ur: ["Arabic"],
  yi: ["Hebrew"],
  zh: ["Han"],
};

const LATIN = new Set(
  "af az ca cs cy da de en eo es et eu fi fr ga gl hr hu id is it lt lv ms mt nb nl nn no pl pt ro sk sl sq sv sw tr vi".split(
    " ",
  ),
);

/**
 * Tells whether a text has letters, but fewer than a tenth of them in the script of its language. (Technical texts hold
 * many names and commands in Latin letters, and a Chinese character says as much as several of those.)
 */
export type ScriptCheck = (text: string) => boolean;

/** A check for a language tag ("en", "zh-cn"); undefined for a language whose script is not known here. */
export function scriptCheck(language: string): ScriptCheck | undefined {
  const primary = language.toLowerCase().split(/[-_]/)[0]!;
  const scripts = LATIN.has(primary) ? ["Latin"] : Object.hasOwn(SCRIPTS, primary) ? SCRIPTS[primary] : undefined;
  if (scripts === undefined) return undefined;
  const expected = new RegExp(`[${scripts.map((script) => `\\p{Script=${script}}`).join("")}]`, "gu");
  return (text) => {
    const letters = count(text, /\p{L}/gu);
    return letters > 0 && count(text, expected) * 10 < letters;
  };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
