import type { ByteSource, PairBlocks } from "../pair.ts";
import { charsetOfHeader, pairsOfMessage } from "./gettext-message.ts";
import { readLines } from "./lines.ts";
import { type PoEntry, PoEntryReader } from "./po-entries.ts";

/**
 * Gettext catalogues (PO), as a stream: msgid → msgstr. Fuzzy, obsolete and untranslated entries and the header are
 * skipped; plurals as in `pairsOfMessage`. The header's character set is respected.
 * @throws HeedError FORMAT_INVALID for a line that is not PO; DATA_INVALID for broken text, an empty file, or an entry
 *   beyond 16 Mi characters
 */
export async function* readPo(source: ByteSource): PairBlocks {
  for await (const entries of readEntries(source, await charsetOf(source))) {
    const sure = entries.filter(({ fuzzy }) => !fuzzy);
    yield sure.flatMap(({ message, line }) => pairsOfMessage(message).map((pair) => ({ ...pair, line })));
  }
}

async function* readEntries(source: ByteSource, charset: string): AsyncGenerator<readonly PoEntry[]> {
  const reader = new PoEntryReader(source.name);
  for await (const { first, lines } of readLines(source, charset)) {
    yield lines.flatMap((line, i) => reader.push(line, first + i));
  }
  yield reader.end();
}

/** UTF-8's byte order mark, read as Latin-1. */
const UTF8_MARK = "\u00EF\u00BB\u00BF";

/** The header is the first entry, and ASCII in every character set that PO files use. */
async function charsetOf(source: ByteSource): Promise<string> {
  const reader = new PoEntryReader(source.name);
  for await (const { first, lines } of readLines(source, "latin1")) {
    if (first === 1 && lines[0]!.startsWith(UTF8_MARK)) return "utf-8";
    for (const [i, line] of lines.entries()) {
      const [entry] = reader.push(line, first + i);
      if (entry !== undefined) return charsetOfEntry(entry);
    }
  }
  const [entry] = reader.end();
  return entry === undefined ? "utf-8" : charsetOfEntry(entry);
}

function charsetOfEntry({ message: { msgid, msgstr } }: PoEntry): string {
  return charsetOfHeader(msgid === "" ? msgstr[0]! : "");
}
