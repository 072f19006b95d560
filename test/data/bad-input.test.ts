import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { mo } from "gettext-parser";
import { describe, expect, it } from "vitest";
import {
  collectPairs,
  fileSource,
  openCorpus,
  readJsonl,
  readMo,
  readParallel,
  readPo,
  readTmx,
  readTsv,
} from "../../src/data/index.ts";
import { failure, pairsOf, source, temporaryFile, temporaryFolder } from "./helpers.ts";

const broken = (before: string, after = "") =>
  Buffer.concat([Buffer.from(before), Buffer.of(0xc3, 0x28), Buffer.from(after)]);
const languages = { from: "en", to: "fr" };

describe("broken text", () => {
  it("is reported with file and line, in whatever chunks it comes", async () => {
    const text = broken("a\tb\nc\td\ne\t", "\ng\th\n");
    for (const size of [1, 5, 100]) {
      const error = await failure("DATA_INVALID", () => pairsOf(readTsv(source(text, size, "pairs.tsv"))));
      expect([error.path, error.line]).toEqual(["pairs.tsv", 3]);
      expect(error.message).toMatch("pairs.tsv, line 3");
    }
  });

  it("is reported in every format", async () => {
    const jsonl = broken('{"source":"a","target":"b"}\n{"source":"', '","target":"x"}\n');
    expect((await failure("DATA_INVALID", () => pairsOf(readJsonl(source(jsonl))))).line).toBe(2);
    const parallel = readParallel(source("a\nb\nc\n"), source(broken("a\n", "\nc\n"), 3, "target.txt"));
    const error = await failure("DATA_INVALID", () => pairsOf(parallel));
    expect([error.path, error.line]).toEqual(["target.txt", 2]);
    const po = broken('msgid "a"\nmsgstr "', '"\n');
    expect((await failure("DATA_INVALID", () => pairsOf(readPo(source(po))))).line).toBe(2);
    const tmx = broken("<tmx><body>\n\n<tu><tuv xml:lang='en'><seg>é", "</seg></tuv></tu></body></tmx>");
    for (const size of [4, 200]) {
      expect((await failure("DATA_INVALID", () => pairsOf(readTmx(source(tmx, size), languages)))).line).toBe(3);
    }
    const header = { msgid: "", msgstr: ["Content-Type: text/plain; charset=utf-8\n"] };
    const entry = { msgid: "some id", msgstr: ["some text"] };
    const bytes = mo.compile({ charset: "utf-8", headers: {}, translations: { "": { "": header, "some id": entry } } });
    bytes[bytes.indexOf("some text")] = 0xff;
    expect((await failure("DATA_INVALID", () => pairsOf(readMo(source(bytes))))).message).toMatch("some id");
  });
});

describe("files that are not what they should be", () => {
  it("unequal numbers of lines name both files and both numbers", async () => {
    const lines = (count: number) => "line\n".repeat(count);
    for (const [left, right] of [
      [7, 5],
      [5, 7],
      [1, 3000],
    ] as const) {
      const blocks = readParallel(source(lines(left), 20, "a.en"), source(lines(right), 9, "a.fr"));
      const { message } = await failure("DATA_INVALID", () => pairsOf(blocks));
      expect(message).toMatch(`a.en has ${left} lines, but a.fr has ${right}`);
    }
  });

  it("empty ones say so", async () => {
    const empties = ["", "\uFEFF"].map((text) => source(text, 7, "nothing"));
    for (const empty of empties) {
      const readers = [readTsv(empty), readJsonl(empty), readPo(empty), readParallel(empty, source("a"))];
      readers.push(readParallel(source("a"), empty));
      for (const reader of readers) {
        expect((await failure("DATA_INVALID", () => pairsOf(reader))).message).toMatch("nothing is empty");
      }
    }
    expect((await failure("DATA_INVALID", () => pairsOf(readMo(empties[0]!)))).message).toMatch("is empty");
    expect((await failure("DATA_INVALID", () => pairsOf(readTmx(empties[0]!, languages)))).message).toMatch("is empty");
  });

  it("lines of another shape are named", async () => {
    const tsv = await failure("DATA_INVALID", () => pairsOf(readTsv(source("a\tb\nonly one\n"))));
    expect(tsv.message).toMatch(/line 2: expected at least 2 columns separated by tabs, found 1/);
    const jsonl = async (text: string) =>
      (await failure("DATA_INVALID", () => pairsOf(readJsonl(source(text))))).message;
    expect(await jsonl('{"source":"a"')).toMatch(/line 1: not valid JSON/);
    expect(await jsonl('\n{"source":"a","tgt":"b"}')).toMatch(
      /line 2: there is no field "target" \(found: source, tgt\)/,
    );
    expect(await jsonl('{"source":1,"target":"b"}')).toMatch(/"source" must be a text/);
    expect(await jsonl("[1]")).toMatch(/expected an object/);
    expect(await jsonl('{"translation":{"en":"a","fr":"b"}}')).toMatch(/translations in en, fr: choose two/);
    const po = await failure("FORMAT_INVALID", () => pairsOf(readPo(source('msgid "a"\nmsgstr "b\n'))));
    expect(po.line).toBe(2);
    const charset = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=klingon\\n"\n';
    expect((await failure("FORMAT_INVALID", () => pairsOf(readPo(source(charset))))).message).toMatch("klingon");
  });

  it("MO and TMX that are none", async () => {
    const bytes = mo.compile({
      charset: "utf-8",
      headers: {},
      translations: { "": { a: { msgid: "a", msgstr: ["b"] } } },
    });
    for (const bad of [Buffer.from("hello, world"), bytes.subarray(0, 10), bytes.subarray(0, 30)]) {
      await failure("FORMAT_INVALID", () => pairsOf(readMo(source(bad))));
    }
    for (const bad of ["<tmx>\n<body></tmx>", "hello", "<tmx><tu>"]) {
      const error = await failure("FORMAT_INVALID", () => pairsOf(readTmx(source(bad), languages)));
      expect(error.line).toBeGreaterThanOrEqual(1);
    }
    const deep = `<tmx>\n${"<a>".repeat(200)}`;
    expect((await failure("FORMAT_INVALID", () => pairsOf(readTmx(source(deep), languages)))).message).toContain(
      "line 2: not well-formed XML (elements are nested deeper than 100 levels)",
    );
    const german = "<tmx><tu><tuv xml:lang='de'><seg>a</seg></tuv></tu></tmx>";
    expect((await failure("DATA_INVALID", () => pairsOf(readTmx(source(german), languages)))).message).toMatch("de");
    const unknown = '<?xml version="1.0" encoding="klingon"?><tmx/>';
    await failure("FORMAT_INVALID", () => pairsOf(readTmx(source(unknown, 100), languages)));
  });

  it("PO entries that are cut in half", async () => {
    for (const [text, line] of [
      ['msgid "a"\nmsgstr "b"\n\nmsgid "c"\n', 4],
      ['msgstr "b"\n', 1],
    ] as const) {
      const error = await failure("FORMAT_INVALID", () => pairsOf(readPo(source(text))));
      expect(error.line).toBe(line);
    }
    expect(await pairsOf(readPo(source('msgid "a"\nmsgstr "b"\n\n# nothing follows\n')))).toHaveLength(1);
  });

  it("a TMX text without end is refused before it fills the memory", async () => {
    let given = 0;
    async function* open() {
      yield Buffer.from('<tmx><body><tu><tuv xml:lang="en"><seg>');
      for (; given < 40; given++) yield Buffer.alloc(2 ** 20, "x");
    }
    const error = await failure("DATA_INVALID", () => pairsOf(readTmx({ name: "a.tmx", open }, languages)));
    expect(error.message).toContain("longer than 16 Mi characters");
    expect(given).toBeLessThan(20);
  });

  it("missing files, folders, broken gzip", async () => {
    const read = (path: string) => () => pairsOf(readTsv(fileSource(path)));
    expect((await failure("FILE_NOT_FOUND", read("/no/such/file"))).message).toMatch("/no/such/file");
    await failure("FILE_UNREADABLE", read(temporaryFolder()));
    const packed = gzipSync("a\tb\n".repeat(1000));
    await failure("FORMAT_INVALID", read(temporaryFile("cut.gz", packed.subarray(0, packed.length - 10))));
    const damaged = Buffer.from(packed);
    damaged[15]! ^= 0xff;
    await failure("FORMAT_INVALID", read(temporaryFile("damaged.gz", damaged)));
  });

  it.skipIf(process.platform === "win32")("a pipe is read to its end, packed or not", async () => {
    const text = "a\tb\n".repeat(200_000);
    for (const content of [text, gzipSync(text)]) {
      const pipe = join(temporaryFolder(), "pipe");
      execFileSync("mkfifo", [pipe]);
      const [pairs] = await Promise.all([pairsOf(readTsv(fileSource(pipe))), writeFile(pipe, content)]);
      expect(pairs.length).toBe(200_000);
    }
  });

  it("a line without end is refused before it fills the memory", async () => {
    const chunk = Buffer.alloc(2 ** 20, 0x61);
    let given = 0;
    const endless = {
      name: "endless",
      async *open() {
        for (; given < 100; given++) yield chunk;
      },
    };
    expect((await failure("DATA_INVALID", () => pairsOf(readTsv(endless)))).message).toMatch(/longer than 16 MiB/);
    expect(given).toBeLessThan(20);
  });
});

describe("odd but good input", () => {
  it("a sentence of 100,000 characters is read, and then left out by the length filter", async () => {
    const long = "é".repeat(100_000);
    const path = temporaryFile("long.tsv", `short\tcourt\n${long}\tlong\n`);
    await using all = await openCorpus({ path });
    expect((await all.train.read([1]))[0]!.source).toBe(long);
    await using some = await openCorpus({ path, filter: { maxLength: 500 } });
    expect(some.train.size).toBe(1);
    expect(some.train.report.tooLong).toBe(1);
  });

  it("when nothing is left, the error says why", async () => {
    const path = temporaryFile("pairs.tsv", "a\t\nlong enough\tb\n");
    const error = await failure("DATA_INVALID", () => openCorpus({ path, filter: { minLength: 5 } }));
    expect(error.message).toMatch(/2 read, left out: empty 1, tooShort 1/);
    const folder = temporaryFolder();
    writeFileSync(join(folder, "untranslated.po"), 'msgid "a"\nmsgstr ""\n');
    await failure("DATA_INVALID", () => openCorpus({ path: join(folder, "untranslated.po") }));
  });

  it("an abandoned reading closes its files, and an abort stops it", async () => {
    const path = temporaryFile("pairs.tsv", "a\tb\n".repeat(200_000));
    for await (const block of readTsv(fileSource(path))) {
      expect(block.length).toBeGreaterThan(0);
      break;
    }
    const controller = new AbortController();
    const signal = controller.signal;
    const progress = () => controller.abort();
    await failure("ABORTED", () => openCorpus({ path }, { signal, progress }));
    await failure("ABORTED", () => collectPairs(readTsv(fileSource(path, { signal }))));
    await failure("ABORTED", () => collectPairs(readTsv(fileSource(path)), { signal }));
    expect(readFileSync(path).length).toBe(800_000);
  });
});
