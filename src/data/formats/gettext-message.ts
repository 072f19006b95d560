import type { GetTextTranslation } from "gettext-parser";
import type { Pair } from "../pair.ts";

/**
 * The pairs in a gettext message: none for the header and for what is untranslated. Of plural forms, the English plural
 * goes with the last form; the singular goes with the first one only where there are two, because with more of them
 * neither number nor order of the forms is the same in all languages.
 */
export function pairsOfMessage({ msgid, msgid_plural, msgstr }: GetTextTranslation): Pair[] {
  if (msgid === "") return [];
  const last = msgstr.at(-1) ?? "";
  if (msgid_plural === undefined) return translated([{ source: msgid, target: msgstr[0] ?? "" }]);
  const plural = { source: msgid_plural, target: last };
  return translated(msgstr.length === 2 ? [{ source: msgid, target: msgstr[0]! }, plural] : [plural]);
}

function translated(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(({ target }) => target !== "");
}
