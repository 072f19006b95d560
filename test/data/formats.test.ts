import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type GetTextTranslations, mo, po } from "gettext-parser";
import { describe, expect, it } from "vitest";
import { readLines } from "../../src/data/formats/lines.ts";
import {
  fileSource,
  type Pair,
  readJsonl,
  readMo,
  readParallel,
  readPo,
  readTmx,
  readTsv,
} from "../../src/data/index.ts";
import { failure, pairsOf, readPairsOf, source, temporaryFile } from "./helpers.ts";

const chunkSize = fc.integer({ min: 1, max: 40 });
const anyText = fc.string({ unit: "grapheme", maxLength: 12 });
/** Text that can stand in a line or a column. */
const lineText = anyText.map((text) => text.replace(/[\t\r\n\uFEFF]/g, "_"));
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const linePairs = fc.array(fc.record({ source: lineText, target: lineText }), { minLength: 1, maxLength: 30 });

describe("readLines", () => {
  it("gives back every line with its number, in whatever chunks, with either line end and with or without the last", async () => {
    const cases = fc.tuple(fc.array(lineText, { minLength: 2 }), lineEnd, fc.boolean(), fc.boolean(), chunkSize);
    await fc.assert(
      fc.asyncProperty(cases, async ([lines, end, mark, ended, size]) => {
        const text = `${mark ? "\uFEFF" : ""}${lines.join(end)}${ended || lines.at(-1) === "" ? end : ""}`;
        const found: string[] = [];
        for await (const block of readLines(source(text, size))) {
          expect(block.first).toBe(found.length + 1);
          found.push(...block.lines);
        }
        expect(found).toEqual(lines);
      }),
    );
  });
});

describe("a CR alone", () => {
  it("ends lines where there is no LF", async () => {
    for (const size of [1, 3, 100]) {
      expect(await readPairsOf(readTsv(source("a\tb\rc\td\r\re\tf", size)))).toEqual([
        { source: "a", target: "b", line: 1 },
        { source: "c", target: "d", line: 2 },
        { source: "", target: "", line: 3 },
        { source: "e", target: "f", line: 4 },
      ]);
    }
  });

  it("is a character where there is one, wherever that comes", async () => {
    for (const [text, size] of [
      ["a\tb\rc\td\r\ne\tf\n", 2],
      ["a\tb\rc\td\n\ne\tf", 100],
    ] as const) {
      const [first] = await readPairsOf(readTsv(source(text, size)));
      expect(first).toEqual({ source: "a", target: "b\rc", line: 1 });
    }
  });

  it("is told in a text larger than a line may be, which is not held in memory", async () => {
    const line = Buffer.from(`${"x".repeat(2 ** 16)}\ty\r`);
    const lines = 400; // 25 MiB.
    let [given, givenAtFirst, count] = [0, 0, 0];
    async function* open() {
      for (; given < lines; given++) yield line;
    }
    for await (const block of readTsv({ name: "old.tsv", open })) {
      givenAtFirst ||= given;
      for (const pair of block) expect(pair).toMatchObject({ target: "y", line: ++count });
    }
    expect(count).toBe(lines);
    expect(givenAtFirst).toBeLessThan(260);
  });

  it("ends lines that are not in the encoding, which are named", async () => {
    const broken = Buffer.concat([Buffer.from("a\tb\rc\t"), Buffer.of(0xff), Buffer.from("\re\tf\r")]);
    const error = await failure("DATA_INVALID", () => pairsOf(readTsv(source(broken, 4))));
    expect(error.line).toBe(2);
  });
});

describe("readParallel", () => {
  it("gives back the pairs", async () => {
    await fc.assert(
      fc.asyncProperty(linePairs, lineEnd, chunkSize, chunkSize, async (pairs, end, left, right) => {
        const write = (side: "source" | "target") => pairs.map((pair) => pair[side] + end).join("");
        fc.pre(pairs.length > 1 || (pairs[0]!.source !== "" && pairs[0]!.target !== ""));
        const blocks = readParallel(source(write("source"), left), source(write("target"), right));
        expect(await readPairsOf(blocks)).toEqual(pairs.map((pair, i) => ({ ...pair, line: i + 1 })));
      }),
    );
  });
});

describe("readTsv", () => {
  it("gives back the pairs from any columns", async () => {
    await fc.assert(
      fc.asyncProperty(linePairs, lineEnd, chunkSize, async (pairs, end, size) => {
        const text = pairs.map((pair) => `${pair.target}\tignored\t${pair.source}\tmore${end}`).join("");
        const found = await readPairsOf(readTsv(source(text, size), { sourceColumn: 3, targetColumn: 1 }));
        expect(found).toEqual(pairs.map((pair, i) => ({ ...pair, line: i + 1 })));
      }),
    );
  });

  it("takes the first two columns by default, and counts an empty line as an empty pair", async () => {
    expect(await pairsOf(readTsv(source("a\tb\tc\n\nd\te")))).toEqual([
      { source: "a", target: "b" },
      { source: "", target: "" },
      { source: "d", target: "e" },
    ]);
  });
});

describe("readJsonl", () => {
  it("gives back any text", async () => {
    const pairs = fc.array(fc.record({ source: fc.string({ unit: "binary" }), target: anyText }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(pairs, chunkSize, async (rows, size) => {
        const text = rows.map((row) => `${JSON.stringify({ id: 1, en: row.source, fr: row.target })}\n\n`).join("");
        const found = await readPairsOf(readJsonl(source(text, size), { sourceField: "en", targetField: "fr" }));
        expect(found).toEqual(rows.map((pair, i) => ({ ...pair, line: 2 * i + 1 })));
      }),
    );
  });

  it("reads translations by language, and plain rows as well", async () => {
    const text = '{"translation":{"en":"one","fr":"un","de":"eins"}}\n{"source":"two","target":"deux"}';
    expect(await pairsOf(readJsonl(source(text), { from: "en", to: "fr" }))).toEqual([
      { source: "one", target: "un" },
      { source: "two", target: "deux" },
    ]);
  });
});

/** Texts as a gettext catalogue may hold them: not empty, no NUL, no EOT (which ends a context). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these two are what it looks for
const message = anyText.map((text) => `m${text.replace(/[\0\x04]/g, "_").replace(/\r/g, "")}`);
const messages = fc.uniqueArray(fc.record({ source: message, target: message }), {
  selector: (pair) => pair.source,
  minLength: 1,
});

function catalogue(pairs: readonly Pair[], charset = "utf-8"): GetTextTranslations {
  const entries = pairs.map((pair) => [pair.source, { msgid: pair.source, msgstr: [pair.target] }]);
  const headers = { "Content-Type": `text/plain; charset=${charset}` };
  return { charset, headers, translations: { "": Object.fromEntries(entries) } };
}

const bySource = (a: Pair, b: Pair) => (a.source < b.source ? -1 : 1);

describe("gettext", () => {
  it("PO gives back the messages", async () => {
    await fc.assert(
      fc.asyncProperty(messages, chunkSize, fc.constantFrom(0, 20), async (pairs, size, foldLength) => {
        const text = po.compile(catalogue(pairs), { foldLength });
        expect((await pairsOf(readPo(source(text, size)))).sort(bySource)).toEqual([...pairs].sort(bySource));
      }),
    );
  });

  it("MO gives back the messages", async () => {
    await fc.assert(
      fc.asyncProperty(messages, chunkSize, async (pairs, size) => {
        const bytes = mo.compile(catalogue(pairs));
        expect((await pairsOf(readMo(source(bytes, size)))).sort(bySource)).toEqual([...pairs].sort(bySource));
      }),
    );
  });

  it("respects the character set of the header", async () => {
    const pairs = [{ source: "coffee", target: "café" }];
    for (const charset of ["iso-8859-1", "iso-8859-15", "windows-1252"]) {
      expect(await pairsOf(readPo(source(po.compile(catalogue(pairs, charset)))))).toEqual(pairs);
      expect(await pairsOf(readMo(source(mo.compile(catalogue(pairs, charset)))))).toEqual(pairs);
    }
    const russian = [{ source: "peace", target: "мир" }];
    expect(await pairsOf(readPo(source(po.compile(catalogue(russian, "koi8-r")))))).toEqual(russian);
  });

  it("skips what is no translation, and pairs plurals with care", async () => {
    const text = `
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

# a comment
#, fuzzy, c-format
msgid "fuzzy %d"
msgstr "flou %d"
#: no blank line before
#, c-format
msgctxt "menu"
msgid "open"
msgstr "ouvrir"
msgid "untranslated"
msgstr ""

msgid "one file"
msgid_plural "%d files"
msgstr[0] "un fichier"
msgstr[1] "%d fichiers"

msgid "one day"
msgid_plural "%d days"
msgstr[0] "день"
msgstr[1] "дня"
msgstr[2] "дней"

msgid "one cat"
msgid_plural "%d cats"
msgstr[0] "%d 只猫"

msgid "long"
"er \\"quoted\\" \\\\ \\t \\a\\101\\x42\\042."
msgstr "plus"
" long"
#~ msgid "obsolete"
#~ msgstr "obsolète"
`;
    expect(await readPairsOf(readPo(source(text)))).toEqual([
      { source: "open", target: "ouvrir", line: 9 },
      { source: "one file", target: "un fichier", line: 17 },
      { source: "%d files", target: "%d fichiers", line: 17 },
      { source: "%d days", target: "дней", line: 22 },
      { source: "%d cats", target: "%d 只猫", line: 28 },
      { source: 'longer "quoted" \\ \t \u0007AB".', target: "plus long", line: 32 },
    ]);
  });
});

const xml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them
const xmlText = anyText.map((text) => text.replace(/[\u0000-\u001F\uFFFE\uFFFF\u007F-\u009F]/g, "_"));

function tmx(units: readonly string[], declaration = '<?xml version="1.0" encoding="UTF-8"?>'): string {
  return `${declaration}\n<tmx version="1.4"><header srclang="en"/><body>${units.join("\n")}</body></tmx>`;
}

const variant = (language: string, text: string) => `<tuv xml:lang="${language}"><seg>${text}</seg></tuv>`;

describe("readTmx", () => {
  it("gives back the units", async () => {
    const pairs = fc.array(fc.record({ source: xmlText, target: xmlText }), { minLength: 1 });
    const tags = fc.constantFrom(["en", "fr"], ["en-US", "FR_ca"], ["EN", "fr-FR"]);
    await fc.assert(
      fc.asyncProperty(pairs, tags, chunkSize, async (rows, [from, to], size) => {
        const unit = (row: Pair) => `<tu>${variant(to!, xml(row.target))}${variant(from!, xml(row.source))}</tu>`;
        const found = await readPairsOf(readTmx(source(tmx(rows.map(unit)), size), { from: "en", to: "fr" }));
        expect(found).toEqual(rows.map((pair, i) => ({ ...pair, line: i + 2 })));
      }),
    );
  });

  it("chooses variants, leaves codes out and skips units that lack a language", async () => {
    const units = [
      `<tu>${variant("en-GB", "colour")}${variant("en", "color")}${variant("en-US", "colors")}${variant("de", "Farbe")}</tu>`,
      `<tu>${variant("en", "no German")}${variant("fr", "pas d'allemand")}</tu>`,
      `<tu>${variant("en", "bold <bpt i='1'>&lt;b></bpt><hi>very</hi><ept i='1'>&lt;/b><sub>no</sub></ept> <![CDATA[<&]]>")}${variant("de", "fett")}</tu>`,
      `<tu><tuv lang="en"><prop>x</prop><seg>old attribute</seg></tuv>${variant("de-AT", "altes Attribut")}</tu>`,
      `<tu>${variant("eng", "another language")}${variant("de", "andere")}</tu>`,
    ];
    expect(await pairsOf(readTmx(source(tmx(units)), { from: "en", to: "de" }))).toEqual([
      { source: "color", target: "Farbe" },
      { source: "bold very <&", target: "fett" },
      { source: "old attribute", target: "altes Attribut" },
    ]);
    expect(await pairsOf(readTmx(source(tmx(units)), { from: "en_us", to: "DE" }))).toEqual([
      { source: "colors", target: "Farbe" },
    ]);
  });

  it("reads UTF-16 and declared encodings", async () => {
    const unit = `<tu>${variant("en", "coffee")}${variant("fr", "café")}</tu>`;
    const languages = { from: "en", to: "fr" };
    const expected = [{ source: "coffee", target: "café" }];
    const wide = Buffer.from(`\uFEFF${tmx([unit], '<?xml version="1.0" encoding="UTF-16"?>')}`, "utf16le");
    expect(await pairsOf(readTmx(source(wide, 9), languages))).toEqual(expected);
    expect(await pairsOf(readTmx(source(Buffer.from(wide).swap16(), 9), languages))).toEqual(expected);
    const latin = Buffer.from(tmx([unit], '<?xml version="1.0" encoding="ISO-8859-1"?>'), "latin1");
    expect(await pairsOf(readTmx(source(latin, 90), languages))).toEqual(expected);
    expect(await pairsOf(readTmx(source(`\uFEFF${tmx([unit])}`, 90), languages))).toEqual(expected);
  });
});

describe("fileSource", () => {
  it("reads plain and packed files alike, whatever their name, and counts the bytes of the file", async () => {
    const text = Array.from({ length: 40_000 }, (_, i) => `sentence ${i * 7919}\tphrase ${i}\n`).join("");
    const expected = await pairsOf(readTsv(source(text, 100_000)));
    const packed = gzipSync(text);
    const twice = Buffer.concat([gzipSync(text.slice(0, 1000)), gzipSync(text.slice(1000))]);
    for (const content of [Buffer.from(text), packed, twice]) {
      let bytes = 0;
      const onBytes = (count: number) => {
        bytes += count;
      };
      expect(await pairsOf(readTsv(fileSource(temporaryFile("pairs.tsv", content), { onBytes })))).toEqual(expected);
      expect(bytes).toBe(content.length);
    }
  });
});
