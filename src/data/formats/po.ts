import type { ByteSource, PairBlocks } from "../pair.ts";
import { BYTES, type Encoding, encodingOf } from "./encoding.ts";
import { type CatalogueHeader, pairsOfMessage, parseHeader } from "./gettext-message.ts";
import { readLines } from "./lines.ts";
import { type PoEntry, PoEntryReader } from "./po-entries.ts";

/**
 * Gettext catalogues (PO), as a stream: msgid → msgstr. Fuzzy, obsolete and untranslated entries and the header are
 * skipped; plurals as in `pairsOfMessage`. The header's character set is respected.
 * @throws HeedError FORMAT_INVALID for a line that is not PO; DATA_INVALID for broken text, an empty file, or an entry
 *   beyond 16 Mi characters
 */
export async function* readPo(source: ByteSource): PairBlocks {
  const { charset, plurals } = await headerOf(source);
  for await (const entries of readEntries(source, await encodingOf(charset, source.name))) {
    const sure = entries.filter(({ fuzzy }) => !fuzzy);
    yield sure.flatMap(({ message, line }) => pairsOfMessage(message, plurals).map((pair) => ({ ...pair, line })));
  }
}

async function* readEntries(source: ByteSource, encoding: Encoding): AsyncGenerator<readonly PoEntry[]> {
  const reader = new PoEntryReader(source.name);
  for await (const { first, lines } of readLines(source, encoding)) {
    yield lines.flatMap((line, i) => reader.push(line, first + i));
  }
  yield reader.end();
}

/** The header is the first entry, and ASCII in every character set that PO files use. */
async function headerOf(source: ByteSource): Promise<CatalogueHeader> {
  const reader = new PoEntryReader(source.name);
  for await (const { first, lines } of readLines(source, BYTES)) {
    for (const [i, line] of lines.entries()) {
      const [entry] = reader.push(line, first + i);
      if (entry !== undefined) return headerOfEntry(entry);
    }
  }
  const [entry] = reader.end();
  return entry === undefined ? parseHeader("") : headerOfEntry(entry);
}

function headerOfEntry({ message: { msgid, msgstr } }: PoEntry): CatalogueHeader {
  return parseHeader(msgid === "" ? msgstr[0]! : "");
}
