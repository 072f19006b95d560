import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { mo } from "gettext-parser";
import { describe, expect, it } from "vitest";
import { type FileKind, kindOf } from "../../src/data/formats/kind.ts";
import { openCorpus } from "../../src/data/index.ts";
import { failure, temporaryFile, temporaryFolder } from "./helpers.ts";

const TSV = "Go.\tVa !\tCC-BY 2.0 (France)\nHi.\tSalut !\tCC-BY 2.0\n";
const JSONL = '{"source":"Go.","target":"Va !"}\n{"source":"Hi.","target":"Salut !"}\n';
const PO = '# French\n#, fuzzy\nmsgid ""\nmsgstr ""\n\nmsgid "Go."\nmsgstr "Va !"\n\nmsgid "Hi."\nmsgstr "Salut !"\n';
const tmxUnit = (en: string, fr: string) =>
  `<tu><tuv xml:lang="en"><seg>${en}</seg></tuv><tuv xml:lang="fr"><seg>${fr}</seg></tuv></tu>`;
const TMX = `<?xml version="1.0"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><body>${tmxUnit("Go.", "Va !")}${tmxUnit("Hi.", "Salut !")}</body></tmx>`;
const MO = mo.compile({
  charset: "utf-8",
  headers: {},
  translations: {
    "": { "Go.": { msgid: "Go.", msgstr: ["Va !"] }, "Hi.": { msgid: "Hi.", msgstr: ["Salut !"] } },
  },
});
const CATALOGUE = JSON.stringify({ go: "Go.", hi: { text: "Hi." } }, undefined, "\t");

describe("the kind of a file", () => {
  const kinds: [string, string | Uint8Array, FileKind][] = [
    ["columns", TSV, "tsv"],
    ["columns of a Mac", TSV.replaceAll("\n", "\r"), "tsv"],
    ["columns in UTF-16", Buffer.from(`\uFEFF${TSV}`, "utf16le"), "tsv"],
    ["columns of objects and lists", '{"a": 1}\t[1]\n["b"]\t{}\n', "tsv"],
    ["columns of which a line has none", `a\n${TSV}`, "tsv"],
    ["objects", JSONL, "jsonl"],
    ["objects between blank lines", `\uFEFF\n${JSONL.replaceAll("\n", "\n\n")}`, "jsonl"],
    ["one object that is a pair", '{"translation":{"en":"a","fr":"b"}}\n', "jsonl"],
    ["a PO catalogue", PO, "po"],
    ["a PO catalogue that begins with a context", 'msgctxt "m"\nmsgid "a"\nmsgstr "b"\n', "po"],
    ["a compiled catalogue", MO, "mo"],
    ["a translation memory", TMX, "tmx"],
    ["a translation memory without a declaration", TMX.slice(TMX.indexOf("<tmx")), "tmx"],
    ["a catalogue of JSON", CATALOGUE, "json"],
    ["a catalogue of JSON in a line", JSON.stringify(JSON.parse(CATALOGUE)), "json"],
    ["a catalogue of JSON that is cut off", CATALOGUE.slice(0, 20), "json"],
    ["a list", '[\n  {"source": "a", "target": "b"}\n]', "json"],
    ["a list in a line", '[{"source": "a", "target": "b"}]\n', "json"],
    ["XML", '<?xml version="1.0"?>\n<resources><string name="a">x</string></resources>', "xml"],
    ["a web page", "<!DOCTYPE html>\n<title>404</title>", "html"],
    ["quoted values", '"Go, now","Va"\n"Hi","Salut"\n', "csv"],
    ["sentences", "Go.\nHi.\n", "text"],
    ["sentences that begin with a bracket", "[Laughter] Go.\n{0} files\n", "text"],
    ["sentences of which some have a tab", "Go.\nHi.\tthere\nNo.\n", "text"],
    ["indented sentences", "\tGo.\n\tHi.\n", "text"],
    ["blank lines", "\n \n", "empty"],
    ["nothing", "", "empty"],
  ];

  it.each(kinds)("with %s", async (_, content, kind) => {
    expect(await kindOf({ bytes: Buffer.from(content), isWhole: true })).toBe(kind);
  });

  it.each<[string, string, FileKind]>([
    ["a line that is cut off in the middle", '{"source":"a","target":"b"}\n{"source":"c","targ', "jsonl"],
    ["an object that is longer than what is seen", '{"go": "Go.", "hi', "json"],
    ["a list that is longer than what is seen", '[{"source": "a"}, {"sou', "json"],
    ["columns", "Go.\tVa !\nHi", "tsv"],
  ])("shows in its beginning: %s", async (_, content, kind) => {
    const [first] = content.split("\n");
    const isJsonLine = content.includes("\n") && kind === "jsonl";
    const text = isJsonLine ? `${first}\n${content}` : content;
    expect(await kindOf({ bytes: Buffer.from(text), isWhole: false })).toBe(kind);
  });
});

describe("a file whose ending says nothing", () => {
  const languages = { from: "en", to: "fr" };
  const pairs = [
    { source: "Go.", target: "Va !" },
    { source: "Hi.", target: "Salut !" },
  ];

  it.each<[string, string | Uint8Array]>([
    ["tsv", TSV],
    ["jsonl", JSONL],
    ["po", PO],
    ["mo", MO],
    ["tmx", TMX],
    ["UTF-16", Buffer.from(`\uFEFF${TSV}`, "utf16le")],
  ])("is read as %s, packed too", async (_, content) => {
    for (const bytes of [Buffer.from(content), gzipSync(content)]) {
      const path = temporaryFile("fra.txt", bytes);
      await using data = await openCorpus({ path, ...languages, validation: { path, ...languages } });
      for (const part of [data.train, data.validation!]) {
        expect(part.size).toBe(2);
        expect(await part.read([0, 1])).toEqual(pairs);
      }
    }
  });

  it("has the keys of the format that is found", async () => {
    const path = temporaryFile("fra.txt", TSV);
    await using data = await openCorpus({ path, sourceColumn: 3, targetColumn: 1 });
    expect(await data.train.read([0])).toEqual([{ source: "CC-BY 2.0 (France)", target: "Go." }]);
    const rows = temporaryFile("rows.json", JSONL.replaceAll("source", "en"));
    await using objects = await openCorpus({ path: rows, sourceField: "en" });
    expect(objects.train.size).toBe(2);
    const wrong = await failure("CONFIG_INVALID", () => openCorpus({ path, sourceField: "en" }));
    expect(wrong.message).toBe(`${path} is read as tsv.\ndata.sourceField: does not go with the others`);
    const memory = temporaryFile("memory.xml", TMX);
    const lacking = await failure("CONFIG_INVALID", () =>
      openCorpus({ path: rows, sourceField: "en", test: { path: memory } }),
    );
    expect(lacking.message).toBe(
      `${memory} is read as tmx.\ndata.test.from: missing; name the language, such as en, fr or zh-cn\n` +
        "data.test.to: missing; name the language, such as en, fr or zh-cn",
    );
  });

  it.each<[string, string, string | Uint8Array, string]>([
    [
      "sentences",
      "a.txt",
      "Go.\nHi.\n",
      "Name one of tsv, jsonl, po, mo, tmx with --format, in a recipe as data.format.",
    ],
    ["a catalogue of JSON", "en.json", CATALOGUE, "is one value of JSON, not JSON Lines. Write a line for each pair"],
    [
      "CSV",
      "a.csv",
      "source,target\na,b\n",
      "looks like comma-separated values (CSV), which are not read. Save it as tab",
    ],
    ["XML", "strings.xml", '<?xml version="1.0"?><resources/>', "is XML, but no translation memory (TMX)"],
    ["a web page", "fra.zip", "<html>404</html>", "is a web page. Was it saved in the place of the file?"],
    ["nothing", "a.txt", "", "is empty."],
  ])("is refused by its name where it holds %s", async (_, name, content, message) => {
    const path = temporaryFile(name, content);
    await expect(openCorpus({ path })).rejects.toMatchObject({ path, message: expect.stringContaining(message) });
    await expect(openCorpus({ path })).rejects.toThrow(path);
  });

  it("may be missing, or a folder", async () => {
    const folder = temporaryFolder();
    await failure("FILE_NOT_FOUND", () => openCorpus({ path: join(folder, "fra") }));
    mkdirSync(join(folder, "pairs"));
    const error = await failure("FILE_UNREADABLE", () => openCorpus({ path: join(folder, "pairs") }));
    expect(error.message).toContain("it is a folder");
  });

  it.skipIf(process.platform === "win32")("is not looked at where it is a pipe", async () => {
    const pipe = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [pipe]);
    const error = await failure("CONFIG_INVALID", () => openCorpus({ path: pipe }));
    expect(error.message).toContain("a pipe has no ending to go by");
    const [data] = await Promise.all([openCorpus({ path: pipe, format: "tsv" }), writeFile(pipe, TSV)]);
    expect(data.train.size).toBe(2);
    await data.dispose();
  });
});

describe("parallel files", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["catalogues of JSON", CATALOGUE, "is JSON, not one sentence a line. Join both files by their keys"],
    ["JSON Lines", JSONL, "is JSON, not one sentence a line. Join both files by their keys"],
    ["PO catalogues", PO, "is a gettext catalogue, which holds both sides. Name it alone."],
    ["compiled catalogues", MO, "is a compiled gettext catalogue, which holds both sides. Name it alone."],
    ["translation memories", TMX, "is a translation memory, which holds both sides. Name it alone."],
  ])("may not be %s", async (_, content, message) => {
    const folder = temporaryFolder();
    const [source, target] = [join(folder, "a.en"), join(folder, "a.fr")];
    for (const path of [source, target]) writeFileSync(path, content);
    const error = await failure("FORMAT_INVALID", () => openCorpus({ source, target }));
    expect(error.message).toContain(`${source} ${message}`);
  });

  it("may be objects on one side, and have tabs, brackets and quotes", async () => {
    const source = temporaryFile("a.en", '[Laughter]\t"Go, now", he said.\n{0} files\n');
    const target = temporaryFile("a.ast", JSONL);
    await using data = await openCorpus({ source, target });
    expect(data.train.size).toBe(2);
  });
});

describe("a file that is no text", () => {
  const padded = (bytes: readonly number[], at = 0) => {
    const file = Buffer.alloc(600, 1);
    file.set(bytes, at);
    return file;
  };
  it.each<[string, string, Uint8Array, string]>([
    ["a zip archive", "fra-eng.zip", padded([0x50, 0x4b, 3, 4]), "is a zip archive, as those of Excel (.xlsx)"],
    ["a zip archive that is called a TSV", "pairs.tsv", padded([0x50, 0x4b, 3, 4]), "is a zip archive"],
    ["a tar archive", "fra.tgz", gzipSync(padded([...Buffer.from("ustar")], 257)), "is a tar archive. Unpack it"],
    [
      "what bzip2 packed",
      "fra.bz2",
      padded([...Buffer.from("BZh91AY")]),
      "is packed by bzip2. Unpack it, or use gzip.",
    ],
    ["what Zstandard packed", "fra.zst", padded([0x28, 0xb5, 0x2f, 0xfd]), "is packed by Zstandard"],
    [
      "a Parquet file",
      "train.parquet",
      padded([...Buffer.from("PAR1\x15")]),
      "is a Parquet file. Write its rows as JSON",
    ],
  ])("is refused by its name: %s", async (_, name, content, message) => {
    const path = temporaryFile(name, content);
    const error = await failure("FORMAT_INVALID", () => openCorpus({ path }));
    expect(error.message).toContain(`${path} ${message}`);
  });
});

describe("JSON that is no JSON Lines", () => {
  it("is told from a broken row", async () => {
    const messageOf = async (content: string) =>
      (await failure("DATA_INVALID", () => openCorpus({ path: temporaryFile("a.jsonl", content) }))).message;
    const advice = 'JSON Lines have one object a line, such as {"source": "…", "target": "…"}.';
    expect(await messageOf(CATALOGUE)).toContain(advice);
    expect(await messageOf('[{"source": "a", "target": "b"}]')).toContain(
      `expected an object, found a list. ${advice}`,
    );
    expect(await messageOf(`${JSONL}{"source": "a" "target"}\n`)).not.toContain(advice);
    const keys = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, "x"]));
    expect(await messageOf(JSON.stringify(keys))).toContain("key18, key19, …)");
  });
});
