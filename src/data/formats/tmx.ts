import { SaxesParser } from "saxes";
import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks, ReadPair } from "../pair.ts";
import { BYTES, encodingAtStart, encodingOf, StreamDecoder } from "./encoding.ts";
import { concat, startOf } from "./stream-start.ts";

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
  const { start, stream } = await startOf(source.open(), (_, length) => length >= DECLARATION);
  if (start.length === 0) throw new HeedError("DATA_INVALID", `${name} is empty.`, { path: name });
  const decoder = new StreamDecoder(await encodingOf(encodingNamed(concat(start)), name), name);
  let found = 0;
  for await (const chunk of stream) {
    const pairs = reader.write(decoder.decode(chunk), name);
    found += pairs.length;
    yield pairs;
  }
  reader.close(decoder.decode(), name);
  if (found > 0) return;
  const others = [...reader.languages].join(", ") || "none";
  const what = `${name} has no unit with a text in both "${languages.from}" and "${languages.to}"`;
  throw new HeedError("DATA_INVALID", `${what}. The languages in it: ${others}.`, { path: name });
}

/** The bytes within which a declaration of the encoding ends. */
const DECLARATION = 200;
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
function encodingNamed(start: Uint8Array): string {
  const shown = encodingAtStart(start);
  if (shown !== undefined && shown !== "open") return shown;
  const declaration = BYTES.strict().decode(start.subarray(0, DECLARATION));
  return /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']/.exec(declaration)?.[1] ?? "utf-8";
}
