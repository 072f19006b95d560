import { po } from "gettext-parser";
import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks, ReadPair } from "../pair.ts";
import { pairsOfMessage } from "./gettext-message.ts";
import { readLines } from "./lines.ts";

/**
 * Gettext catalogues (PO), as a stream: msgid → msgstr. Fuzzy, obsolete and untranslated entries and the header are
 * skipped; plurals as in `pairsOfMessage`. The header's character set is respected.
 * @throws HeedError FORMAT_INVALID for a line that is not PO; DATA_INVALID for broken text or an empty file
 */
export async function* readPo(source: ByteSource): PairBlocks {
  const entries = new EntryReader(source.name);
  for await (const { first, lines } of readLines(source, await charsetOf(source))) {
    yield lines.flatMap((line, i) => entries.push(line, first + i));
  }
  yield entries.end();
}

const PO_LINE = /^\s*(?:#.*|(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)?\s*"(?:[^"\\]|\\.)*"\s*)?$/;
const ENTRY_START = /^\s*(?:#|msgctxt\b|msgid\b)/;
const FUZZY = /(?:^|[\s,])fuzzy(?:[\s,]|$)/;

/** Gathers the lines of one entry at a time: an entry ends where, after its msgstr, the next one starts. */
class EntryReader {
  readonly #path: string;
  #lines: string[] = [];
  #firstLine = 1;
  #translated = false;
  #identified = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** The pairs of the entry that this line ended. */
  push(line: string, number: number): readonly ReadPair[] {
    if (!PO_LINE.test(line)) {
      const what = `${this.#path}, line ${number}: not a line of a PO file`;
      throw new HeedError("FORMAT_INVALID", `${what} (is a quote missing, or not escaped?): ${line.slice(0, 80)}`, {
        path: this.#path,
        line: number,
      });
    }
    const ended = this.#translated && ENTRY_START.test(line) ? this.end() : [];
    if (this.#lines.length === 0) this.#firstLine = number;
    if (line.trim() !== "") this.#lines.push(withRawControls(line));
    this.#translated ||= /^\s*msgstr/.test(line);
    this.#identified ||= /^\s*msgid/.test(line);
    return ended;
  }

  end(): readonly ReadPair[] {
    if (this.#identified !== this.#translated) throw this.#half();
    const text = this.#lines.join("\n");
    this.#lines = [];
    this.#translated = false;
    this.#identified = false;
    const messages = Object.values(po.parse(text).translations).flatMap((byId) => Object.values(byId));
    return messages
      .filter((message) => !FUZZY.test(message.comments?.flag ?? ""))
      .flatMap(pairsOfMessage)
      .map((pair) => ({ ...pair, line: this.#firstLine }));
  }

  #half(): HeedError {
    const [has, lacks] = this.#identified ? ["msgid", "msgstr"] : ["msgstr", "msgid"];
    const line = this.#firstLine;
    const what = `${this.#path}, line ${line}: the entry has a ${has} but no ${lacks}`;
    return new HeedError("FORMAT_INVALID", `${what}. Is the file whole?`, { path: this.#path, line });
  }
}

const CONTROLS: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", v: "\v" };

/** gettext-parser knows only some of C's escapes: the other ones become the characters that they stand for. */
function withRawControls(line: string): string {
  if (!line.includes("\\") || line.startsWith("#")) return line;
  return line.replace(/\\(?:([abfv])|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|.)/g, (whole, letter, hex, octal) => {
    if (letter !== undefined) return CONTROLS[letter]!;
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    return octal === undefined ? whole : characterOf(Number.parseInt(octal, 8));
  });
}

function characterOf(code: number): string {
  const character = String.fromCharCode(code);
  return character === '"' || character === "\\" ? `\\${character}` : character;
}

const HEADER_BYTES = 2 ** 16;
const CHARSET = /msgid ""\s+msgstr(?:\s*".*"\s*\n)*?.*charset=([\w.:-]+)/;

/** The header is the first entry, and ASCII in every character set that PO files use. UTF-8 includes ASCII. */
async function charsetOf(source: ByteSource): Promise<string> {
  let start = "";
  for await (const { lines } of readLines(source, "latin1")) {
    start += `${lines.join("\n")}\n`;
    if (CHARSET.test(start) || start.length > HEADER_BYTES) break;
  }
  const charset = CHARSET.exec(start)?.[1] ?? "utf-8";
  return /^(?:charset|ascii|us-ascii)$/i.test(charset) ? "utf-8" : charset;
}
