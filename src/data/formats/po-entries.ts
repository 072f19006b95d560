import { HeedError } from "../../error.ts";
import type { GettextMessage } from "./gettext-message.ts";

/** A message of a PO file. */
export interface PoEntry {
  readonly message: GettextMessage;
  /** The line that the entry begins in, its comments included. */
  readonly line: number;
  /** Whether it is only a guess. */
  readonly fuzzy: boolean;
}

/** The longest entry, in characters, as for lines. */
const MAX_ENTRY = 16 * 2 ** 20;
const FUZZY = /(?:^|[\s,])fuzzy(?:[\s,]|$)/;
const KEYWORD = /^(?:msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)(?=[\s"])/;
/** More plural forms than any language has. */
const MAX_FORMS = 100;

/** What was read of an entry. */
interface Begun {
  readonly line: number;
  fuzzy: boolean;
  msgid?: string;
  msgidPlural?: string;
  readonly msgstr: string[];
  /** The place in `msgstr` of the form that was read last. */
  form: number;
  /** Whether its msgstr has no number, and so is the singular's. */
  single: boolean;
  /** What a line without a keyword goes on with. */
  last?: "msgctxt" | "msgid" | "msgidPlural" | "msgstr";
  /** Characters so far. */
  length: number;
}

/** Gathers the lines of one entry at a time: an entry ends where, after its msgstr, the next one starts. */
export class PoEntryReader {
  readonly #path: string;
  #entry: Begun | undefined;

  /** @param path the file's name, for the messages of errors */
  constructor(path: string) {
    this.#path = path;
  }

  /** The entry that this line ended, if it ended one. Errors: FORMAT_INVALID, DATA_INVALID. */
  push(line: string, number: number): readonly PoEntry[] {
    const content = line.trim();
    if (content === "") return [];
    const keyword = KEYWORD.exec(content)?.[0] ?? "";
    const isFirst = content.startsWith("#") || keyword === "msgctxt" || keyword === "msgid";
    const ended = isFirst && this.#entry !== undefined && this.#entry.msgstr.length > 0 ? this.end() : [];
    this.#entry ??= { line: number, fuzzy: false, msgstr: [], form: 0, single: false, length: 0 };
    if (content.startsWith("#")) this.#comment(this.#entry, content);
    else this.#add(this.#entry, keyword, this.#unquoted(content, keyword, number), number);
    return ended;
  }

  /** The last entry, if there is one. Errors: FORMAT_INVALID. */
  end(): readonly PoEntry[] {
    if (this.#entry === undefined) return [];
    const { line, fuzzy, msgid, msgidPlural, msgstr, single } = this.#entry;
    this.#entry = undefined;
    if (msgid === undefined && msgidPlural === undefined && msgstr.length === 0) return [];
    if (msgid === undefined) throw this.#invalid(line, "the entry has no msgid. Is the file whole?");
    if (msgstr.length === 0) throw this.#invalid(line, "the entry has a msgid but no msgstr. Is the file whole?");
    const forms = Array.from(msgstr, (form) => form ?? "");
    return [{ message: { msgid, msgidPlural: single ? undefined : msgidPlural, msgstr: forms }, line, fuzzy }];
  }

  /** What stands before an obsolete entry, which is all comments, belongs to that one. */
  #comment(entry: Begun, content: string): void {
    if (content.startsWith("#,")) entry.fuzzy ||= FUZZY.test(content.slice(2));
    else if (content.startsWith("#~") && entry.last === undefined) this.#entry = undefined;
  }

  #add(entry: Begun, keyword: string, text: string, number: number): void {
    entry.length += text.length;
    if (entry.length > MAX_ENTRY) throw this.#tooLong(number);
    if (keyword === "msgctxt") entry.last = "msgctxt";
    else if (keyword === "msgid") {
      if (entry.msgid !== undefined) throw this.#invalid(number, "a second msgid, where a msgstr was expected.");
      entry.last = "msgid";
      entry.msgid = text;
    } else if (keyword === "msgid_plural") {
      entry.last = "msgidPlural";
      entry.msgidPlural = text;
    } else if (keyword !== "") {
      entry.last = "msgstr";
      this.#beginForm(entry, keyword, number);
      entry.msgstr[entry.form] = text;
    } else this.#goOn(entry, text, number);
  }

  /** Forms stand where their numbers say, whatever their order; a message without a plural has one without a number. */
  #beginForm(entry: Begun, keyword: string, number: number): void {
    const form = /\d+/.exec(keyword)?.[0];
    entry.single ||= form === undefined;
    entry.form = form === undefined ? entry.msgstr.length : Number(form);
    if (entry.form >= MAX_FORMS && form !== undefined) {
      throw this.#invalid(number, `${keyword}: no language has that many plural forms.`);
    }
  }

  /** A long text stands in several lines. */
  #goOn(entry: Begun, text: string, number: number): void {
    if (entry.last === undefined) throw this.#invalid(number, "a text with no msgid or msgstr before it.");
    if (entry.last === "msgstr") entry.msgstr[entry.form] += text;
    else if (entry.last !== "msgctxt") entry[entry.last] += text;
  }

  #unquoted(content: string, keyword: string, number: number): string {
    const text = unquoted(content.slice(keyword.length).trimStart());
    if (text !== undefined) return text;
    const what = "not a line of a PO file (is a quote missing, or not escaped?)";
    throw this.#invalid(number, `${what}: ${content.slice(0, 80)}`);
  }

  #invalid(line: number, what: string): HeedError {
    return new HeedError("FORMAT_INVALID", `${this.#path}, line ${line}: ${what}`, { path: this.#path, line });
  }

  #tooLong(line: number): HeedError {
    const what = `${this.#path}, line ${line}: an entry is longer than ${MAX_ENTRY / 2 ** 20} Mi characters`;
    return new HeedError("DATA_INVALID", `${what}. Is this a catalogue?`, { path: this.#path, line });
  }
}

const CONTROLS: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

const ESCAPE = /\\(?:x([\da-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/y;

/** The text in a literal of C; undefined for what is none. An unknown escape stands for its character. */
function unquoted(literal: string): string | undefined {
  if (literal.length < 2 || !literal.startsWith('"') || !literal.endsWith('"')) return undefined;
  const body = literal.slice(1, -1);
  const parts: string[] = [];
  for (let at = 0; ; at = ESCAPE.lastIndex) {
    const backslash = body.indexOf("\\", at);
    const plain = backslash === -1 ? body.slice(at) : body.slice(at, backslash);
    if (plain.includes('"')) return undefined;
    parts.push(plain);
    if (backslash === -1) return parts.join("");
    ESCAPE.lastIndex = backslash;
    const match = ESCAPE.exec(body);
    if (match === null) return undefined;
    parts.push(characterOf(match));
  }
}

function characterOf([, hex, octal, other = ""]: RegExpExecArray): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
  return CONTROLS[other] ?? other;
}
