import { mo } from "gettext-parser";
import { describe, expect, it, vi } from "vitest";
import { readMo, readPo } from "../../src/data/index.ts";
import { failure, pairsOf, source } from "./helpers.ts";

const po = (text: string | Uint8Array) => pairsOf(readPo(source(text, 2 ** 18, "a.po")));
const ENTRY = 'msgid "a"\nmsgstr "b"\n';
const PAIR = { source: "a", target: "b" };

describe("a PO file", () => {
  it("may not have a second msgid before a msgstr, nor a text that belongs to nothing", async () => {
    const second = await failure("FORMAT_INVALID", () => po('msgid "a"\nmsgid "b"\nmsgstr "c"\n'));
    expect(second.message).toBe("a.po, line 2: a second msgid, where a msgstr was expected.");
    const stray = await failure("FORMAT_INVALID", () => po(`${ENTRY}\n# next\n"x"\n`));
    expect(await po(`${ENTRY}"x"\n`)).toEqual([{ source: "a", target: "bx" }]);
    expect(stray.message).toBe("a.po, line 5: a text with no msgid or msgstr before it.");
  });

  it("with plural forms but no msgid is not whole", async () => {
    for (const text of ['msgid_plural "a"\nmsgstr[0] "b"\n', 'msgid_plural "a"\n', 'msgctxt "c"\nmsgstr "b"\n']) {
      expect((await failure("FORMAT_INVALID", () => po(text))).message).toContain("line 1: the entry has no msgid");
    }
  });

  it("may have a msgstr without a number for a plural: it is the singular's, as polib reads it", async () => {
    const text = 'msgid "%d File"\nmsgid_plural "%d Files"\nmsgstr "%d Fichier"\n';
    expect(await po(text)).toEqual([{ source: "%d File", target: "%d Fichier" }]);
    for (const plurals of [1, 2, 3]) {
      const header = `msgid ""\nmsgstr "Plural-Forms: nplurals=${plurals}; plural=0;\\n"\n\n`;
      expect(await po(header + text)).toEqual([{ source: "%d File", target: "%d Fichier" }]);
    }
  });

  it("has plural forms by their numbers, whatever their order", async () => {
    const text = 'msgid "one"\nmsgid_plural "many"\nmsgstr[1] "beau"\n"coup"\nmsgstr[0] "un"\n';
    const both = [
      { source: "one", target: "un" },
      { source: "many", target: "beaucoup" },
    ];
    expect(await po(text)).toEqual(both);
    const error = await failure("FORMAT_INVALID", () => po(text.replace("msgstr[1]", "msgstr[99999999999]")));
    expect(error.message).toBe("a.po, line 3: msgstr[99999999999]: no language has that many plural forms.");
  });

  it.each([
    [1, ["多"], [{ source: "many", target: "多" }]],
    [2, ["un"], [{ source: "one", target: "un" }]],
    [3, ["odin", "dva"], []],
    [3, ["odin", "dva", "pyat"], [{ source: "many", target: "pyat" }]],
  ])("of a language with %i plural forms may lack some: %s", async (plurals, forms, expected) => {
    const header = `Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=${plurals}; plural=0;\n`;
    const numbered = forms.map((form, i) => `msgstr[${i}] "${form}"\n`).join("");
    const text = `msgid ""\nmsgstr ${JSON.stringify(header)}\n\nmsgid "one"\nmsgid_plural "many"\n${numbered}`;
    expect(await po(text)).toEqual(expected);
    const messages = {
      "": { msgid: "", msgstr: [header] },
      one: { msgid: "one", msgid_plural: "many", msgstr: forms },
    };
    const compiled = mo.compile({
      charset: "utf-8",
      headers: { "Plural-Forms": `nplurals=${plurals}; plural=0;` },
      translations: { "": messages },
    });
    expect(await pairsOf(readMo(source(compiled, 100)))).toEqual(expected);
  });

  it("may have quotes only around a text, and there only behind a backslash", async () => {
    for (const line of ['"a"b"', '"a\\"', '"', "'a'", "a", '"a" # why', '"a\\\\"b"']) {
      expect((await failure("FORMAT_INVALID", () => po(`msgid ${line}\nmsgstr "b"\n`))).line).toBe(1);
    }
    expect(await po('msgid"a\\\\"\n\tmsgstr\t"\\"b\\q\\x22\\42"\n')).toEqual([{ source: "a\\", target: '"bq""' }]);
  });

  it("is read with a byte order mark", async () => {
    expect(await po(`\uFEFFmsgid ""\nmsgstr "charset=iso-8859-1"\n\n${ENTRY}`)).toEqual([PAIR]);
  });

  it("keeps to itself what is said of an obsolete entry", async () => {
    expect(await po(`#, fuzzy\n#~ msgid "old"\n#~ msgstr "vieux"\n\n${ENTRY}`)).toEqual([PAIR]);
  });

  it("that names a charset whose characters it cuts in half says so", async () => {
    const text = `msgid ""\nmsgstr "charset=utf-16le"\n\n${ENTRY}`;
    const odd = text.length % 2 === 1 ? `${text}\n` : text; // Without the end of its last line.
    expect((await failure("DATA_INVALID", () => po(odd))).message).toContain("not valid UTF-16LE");
  });

  // Each of these once took minutes, or the stack.
  it.each([
    ["spaces", `${" ".repeat(400_000)}x`],
    ["spaces behind a keyword", `msgid${" ".repeat(400_000)}x`],
    ["an open quote", `msgid "${"\\\\".repeat(2_000_000)}`],
    ["quotes", '"'.repeat(1_000_000)],
  ])("that is a line of %s is refused at once", async (_, text) => {
    await failure("FORMAT_INVALID", () => po(text));
  });

  it.each([
    ["a header of empty lines", `msgid ""\nmsgstr ""\n${'"x"\n\n\n\n'.repeat(10_000)}\n${ENTRY}`],
    ["many forms of a plural", `msgid ""\n${'msgstr "x"\n'.repeat(200_000)}${ENTRY}`],
    ["nothing but comments", `${"#\n".repeat(400_000)}${ENTRY}`],
    ["a text of many lines", `msgid ""\nmsgstr ""\n${'"x"\n'.repeat(200_000)}${ENTRY}`],
    ["a long line", `msgid ""\nmsgstr "${"x".repeat(13_000_000)}"\n${ENTRY}`],
  ])("with %s is read at once", async (_, text) => {
    expect(await po(text)).toEqual([PAIR]);
  });

  it("with an entry that does not end is refused before it fills the memory", async () => {
    let given = 0;
    async function* open() {
      yield Buffer.from('msgid "a"\nmsgstr ""\n');
      for (; given < 40; given++) yield Buffer.from(`"${"x".repeat(2 ** 20)}"\n`);
    }
    const error = await failure("DATA_INVALID", () => pairsOf(readPo({ name: "a.po", open })));
    expect(error.message).toContain("an entry is longer than 16 Mi characters");
    expect(given).toBeLessThan(20);
  });
});

/** A catalogue of the header and two messages. The words of its beginning: what it is, version, count, two tables. */
function catalogue(change: (words: Uint32Array) => void = () => {}, charset = "utf-8"): Uint8Array {
  const headers = { "Content-Type": `text/plain; charset=${charset}` };
  const messages = { one: { msgid: "one", msgstr: ["un"] }, two: { msgid: "two", msgstr: ["deux"] } };
  const bytes = mo.compile({ charset: "utf-8", headers, translations: { "": messages } });
  const file = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  file.set(bytes);
  change(new Uint32Array(file.buffer));
  return file;
}

const readCatalogue = (bytes: Uint8Array) => pairsOf(readMo(source(bytes, 100, "a.mo")));
const [VERSION, COUNT, ORIGINALS, TRANSLATIONS] = [1, 2, 3, 4] as const;

describe("an MO catalogue", () => {
  it("is read in either endianness", async () => {
    const pairs = [
      { source: "one", target: "un" },
      { source: "two", target: "deux" },
    ];
    expect(await readCatalogue(catalogue())).toEqual(pairs);
    const swapped = catalogue((words) => {
      const strings = Math.min(...[7, 9, 11, 13, 15, 17].map((entry) => words[entry + 1]!));
      for (let i = 0; i < strings / 4; i++) words[i] = Buffer.from(words.slice(i, i + 1).buffer).readUInt32BE();
    });
    expect(await readCatalogue(swapped)).toEqual(pairs);
  });

  const entryOf = (words: Uint32Array, table: 3 | 4, index: number) => words[table]! / 4 + 2 * index;
  it.each<[string, (words: Uint32Array) => void, string]>([
    ["another beginning", (words) => words.fill(0, 0, 1), "it does not begin as one"],
    ["a version to come", (words) => words.fill(2 ** 16 * 2, VERSION, COUNT), "it is of version 2"],
    ["too many messages", (words) => words.fill(2 ** 31, COUNT, ORIGINALS), "its table of 2147483648 originals is cut"],
    ["a table beyond its end", (words) => words.fill(2 ** 32 - 8, TRANSLATIONS, 5), "its table of 3 translations is"],
    [
      "a text beyond its end",
      (words) => words.fill(2 ** 31, entryOf(words, 4, 1) + 1, entryOf(words, 4, 1) + 2),
      "number 2 of its translations does not lie in the file",
    ],
    [
      "a text without an end",
      (words) => words.fill(2, entryOf(words, 3, 1), entryOf(words, 3, 1) + 1),
      "number 2 of its originals has no end",
    ],
  ])("with %s is refused", async (_, change, message) => {
    const error = await failure("FORMAT_INVALID", () => readCatalogue(catalogue(change)));
    expect(error.message).toContain(`a.mo is not a whole MO catalogue: ${message}`);
    expect(error.path).toBe("a.mo");
  });

  it("whose texts lie in each other is refused before they fill the memory", async () => {
    const [count, length] = [1000, 100_000];
    const file = new Uint8Array(28 + 8 * count + length + 4);
    const text = 28 + 8 * count;
    file.fill(0x78, text, text + length);
    const words = new Uint32Array(file.buffer);
    words.set([0x950412de, 0, count, 28, 28]);
    for (let i = 0; i < count; i++) words.set([length, text], 7 + 2 * i);
    const error = await failure("FORMAT_INVALID", () => readCatalogue(file));
    expect(error.message).toContain("number 2 of its originals lies in another one");
  });

  it("without a message is empty", async () => {
    const error = await failure("DATA_INVALID", () => readCatalogue(catalogue((words) => words.fill(0, COUNT, 3))));
    expect(error.message).toBe("a.mo is empty.");
  });

  it("in an unknown character set is refused, and nothing is printed", async () => {
    const print = vi.spyOn(console, "error");
    const error = await failure("FORMAT_INVALID", () => readCatalogue(catalogue(undefined, "klingon")));
    expect(error.message).toContain("klingon");
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });

  it("may have U+FFFD in one text, and is refused for a broken one all the same", async () => {
    const messages = { ok: { msgid: "ok", msgstr: ["\uFFFD"] }, some: { msgid: "some", msgstr: ["broken"] } };
    const bytes = mo.compile({ charset: "utf-8", headers: {}, translations: { "": messages } });
    expect(await readCatalogue(bytes)).toHaveLength(2);
    bytes[bytes.indexOf("broken")] = 0xff;
    expect((await failure("DATA_INVALID", () => readCatalogue(bytes))).message).toContain("some");
  });
});
