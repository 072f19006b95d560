import { SaxesParser } from "saxes";
import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks, ReadPair } from "../pair.ts";

export interface TmxLanguages {
  /** The source's language, for example "en": it matches en, en-US and EN_gb. */
  readonly from: string;
  /** The target's language. */
  readonly to: string;
}

/**
 * Translation memories (TMX 1.4), as a stream. Of each unit the first variant in either language is taken, an exactly
 * matching one before others; units that lack one of them are skipped. Inline codes (`bpt`, `ept`, `it`, `ph`, `ut`)
 * are left out, the text in `hi` is kept. UTF-8, UTF-16 with a byte order mark, and declared encodings are read.
 * @throws HeedError FORMAT_INVALID for malformed XML; DATA_INVALID for broken text, an empty file, or one in which no
 *   unit has both languages
 */
export async function* readTmx(source: ByteSource, languages: TmxLanguages): PairBlocks {
  const { name } = source;
  const reader = new TmxReader(languages);
  let decoder: TextDecoder | undefined;
  let found = 0;
  for await (const chunk of source.open()) {
    decoder ??= decoderFor(chunk, name);
    const pairs = reader.write(decode(decoder, chunk, reader.line, name), name);
    found += pairs.length;
    yield pairs;
  }
  if (decoder === undefined) throw new HeedError("DATA_INVALID", `${name} is empty.`, { path: name });
  reader.close(decode(decoder, undefined, reader.line, name), name);
  if (found > 0) return;
  const others = [...reader.languages].join(", ") || "none";
  const what = `${name} has no unit with a text in both "${languages.from}" and "${languages.to}"`;
  throw new HeedError("DATA_INVALID", `${what}. The languages in it: ${others}.`, { path: name });
}

const CODES = new Set(["bpt", "ept", "it", "ph", "ut"]);
/** The longest text between two tags, as for lines. */
const MAX_TEXT = 16 * 2 ** 20;
const MAX_LISTED_LANGUAGES = 50;
/** The parser keeps what is open, and translation memories have some ten levels. */
const MAX_DEPTH = 100;

interface Unit {
  readonly line: number;
  readonly source: Variant;
  readonly target: Variant;
}

interface Variant {
  readonly wanted: string;
  text: string | undefined;
  exact: boolean;
}

/** Turns XML text into the pairs that end in it. */
class TmxReader {
  /** The languages met so far (at most 50 of them). */
  readonly languages = new Set<string>();
  readonly #parser = new SaxesParser();
  readonly #wanted: TmxLanguages;
  #pairs: ReadPair[] = [];
  #unit: Unit | undefined;
  #language = "";
  #segment: string | undefined;
  #depth = 0;
  #codeDepth = 0;
  /** Where the last tag ended, in characters. */
  #lastTag = 0;

  constructor(wanted: TmxLanguages) {
    this.#wanted = { from: canonical(wanted.from), to: canonical(wanted.to) };
    this.#parser.on("opentag", ({ name, attributes }) => this.#open(name, attributes));
    this.#parser.on("closetag", ({ name }) => this.#close(name));
    this.#parser.on("text", (text) => this.#text(text));
    this.#parser.on("cdata", (text) => this.#text(text));
    this.#parser.on("error", (error) => {
      throw error;
    });
  }

  get line(): number {
    return this.#parser.line;
  }

  write(text: string, path: string): readonly ReadPair[] {
    this.#parse(() => this.#parser.write(text), path);
    if (this.#parser.position - this.#lastTag > MAX_TEXT) throw tooLong(path, this.line);
    const pairs = this.#pairs;
    this.#pairs = [];
    return pairs;
  }

  close(text: string, path: string): void {
    this.#parse(() => this.#parser.write(text).close(), path);
  }

  #parse(parse: () => void, path: string): void {
    try {
      parse();
    } catch (cause) {
      const { line } = this;
      const what = `${path}, line ${line}: not well-formed XML (${(cause as Error).message})`;
      throw new HeedError("FORMAT_INVALID", `${what}.`, { path, line, cause });
    }
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#lastTag = this.#parser.position;
    if (++this.#depth > MAX_DEPTH) throw new Error(`elements are nested deeper than ${MAX_DEPTH} levels`);
    if (name === "tu") {
      const { from, to } = this.#wanted;
      this.#unit = { line: this.line, source: wantedVariant(from), target: wantedVariant(to) };
    } else if (name === "tuv") {
      this.#language = canonical(attributes["xml:lang"] ?? attributes.lang ?? "");
      if (this.languages.size < MAX_LISTED_LANGUAGES) this.languages.add(this.#language);
    } else if (name === "seg") this.#segment = "";
    else if (CODES.has(name)) this.#codeDepth++;
  }

  #close(name: string): void {
    this.#lastTag = this.#parser.position;
    this.#depth--;
    if (CODES.has(name)) this.#codeDepth--;
    else if (name === "seg") this.#endSegment();
    else if (name === "tu") this.#endUnit();
  }

  #text(text: string): void {
    if (this.#segment !== undefined && this.#codeDepth === 0) this.#segment += text;
  }

  #endSegment(): void {
    for (const variant of this.#unit === undefined ? [] : [this.#unit.source, this.#unit.target]) {
      const exact = this.#language === variant.wanted;
      if (!exact && !this.#language.startsWith(`${variant.wanted}-`)) continue;
      if (variant.text !== undefined && (variant.exact || !exact)) continue;
      variant.text = this.#segment;
      variant.exact = exact;
    }
    this.#segment = undefined;
  }

  #endUnit(): void {
    const { source, target, line } = this.#unit ?? {};
    if (source?.text !== undefined && target?.text !== undefined) {
      this.#pairs.push({ source: source.text, target: target.text, line: line ?? 0 });
    }
    this.#unit = undefined;
  }
}

function tooLong(path: string, line: number): HeedError {
  const what = `${path}, line ${line}: a text is longer than ${MAX_TEXT / 2 ** 20} Mi characters`;
  return new HeedError("DATA_INVALID", `${what}. Is this a translation memory?`, { path, line });
}

function wantedVariant(wanted: string): Variant {
  return { wanted, text: undefined, exact: false };
}

function canonical(language: string): string {
  return language.trim().replaceAll("_", "-").toLowerCase();
}

/** XML, appendix F: by byte order mark, else by the declaration, else UTF-8. */
function decoderFor(start: Uint8Array, path: string): TextDecoder {
  const declaration = new TextDecoder("latin1").decode(start.subarray(0, 200));
  let encoding =
    /^(?:\u00EF\u00BB\u00BF)?<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']/.exec(declaration)?.[1] ?? "utf-8";
  if (start[0] === 0xff && start[1] === 0xfe) encoding = "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) encoding = "utf-16be";
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    const what = `${path} says that its encoding is "${encoding}", which is unknown`;
    throw new HeedError("FORMAT_INVALID", `${what}. Convert the file to UTF-8.`, { path, line: 1, cause });
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array | undefined, line: number, path: string): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch (cause) {
    const at = line + linesBeforeError(decoder.encoding, bytes);
    const what = `${path}, line ${at}: the text is not valid ${decoder.encoding.toUpperCase()}`;
    throw new HeedError("DATA_INVALID", `${what}. Repair it, or convert the file to UTF-8.`, { path, line: at, cause });
  }
}

/** Counts the line ends before the first replacement character; one may begin in the chunk before, and be whole. */
function linesBeforeError(encoding: string, bytes: Uint8Array | undefined): number {
  const text = new TextDecoder(encoding).decode(bytes);
  return text.slice(0, Math.max(0, text.indexOf("\uFFFD", 3))).split("\n").length - 1;
}
