import type { Pair } from "../pair.ts";

/** A message of a gettext catalogue, as far as it makes pairs. */
export interface GettextMessage {
  readonly msgid: string;
  readonly msgidPlural?: string | undefined;
  /** Its forms: one, or those of the plural. */
  readonly msgstr: readonly string[];
}

/**
 * The pairs in a gettext message: none for the header and for what is untranslated. Of plural forms, the English plural
 * goes with the last form; the singular goes with the first one only where there are two, because with more of them
 * neither number nor order of the forms is the same in all languages.
 */
export function pairsOfMessage({ msgid, msgidPlural, msgstr }: GettextMessage): Pair[] {
  if (msgid === "") return [];
  const last = msgstr.at(-1) ?? "";
  if (msgidPlural === undefined) return translated([{ source: msgid, target: msgstr[0] ?? "" }]);
  const plural = { source: msgidPlural, target: last };
  return translated(msgstr.length === 2 ? [{ source: msgid, target: msgstr[0]! }, plural] : [plural]);
}

function translated(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(({ target }) => target !== "");
}

/** The character set that a header names. UTF-8 where it names none, or ASCII, or what templates have in its place. */
export function charsetOfHeader(header: string): string {
  const charset = /charset=([\w.:-]+)/.exec(header)?.[1] ?? "utf-8";
  return /^(?:charset|ascii|us-ascii)$/i.test(charset) ? "utf-8" : charset;
}
