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
 *
 * @param plurals how many forms the catalogue's language has, as far as its header says: a message may lack some
 */
export function pairsOfMessage({ msgid, msgidPlural, msgstr }: GettextMessage, plurals = 1): Pair[] {
  if (msgid === "") return [];
  const singular = { source: msgid, target: msgstr[0] ?? "" };
  if (msgidPlural === undefined) return translated([singular]);
  const forms = Math.max(plurals, msgstr.length);
  const plural = { source: msgidPlural, target: msgstr[forms - 1] ?? "" };
  return translated(forms === 2 ? [singular, plural] : [plural]);
}

function translated(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(({ target }) => target !== "");
}

/** What the header of a catalogue says of its messages. */
export interface CatalogueHeader {
  /** The character set. UTF-8 where none is named, or ASCII, or what templates have in its place. */
  readonly charset: string;
  /** The number of plural forms, where it is named. */
  readonly plurals: number | undefined;
}

/** @param header the translation of the empty text; "" for a catalogue without one */
export function parseHeader(header: string): CatalogueHeader {
  const charset = /charset=([\w.:-]+)/.exec(header)?.[1] ?? "utf-8";
  const plurals = /nplurals\s*=\s*(\d{1,3})(?!\d)/.exec(header)?.[1];
  return {
    charset: /^(?:charset|ascii|us-ascii)$/i.test(charset) ? "utf-8" : charset,
    plurals: plurals === undefined ? undefined : Number(plurals),
  };
}
