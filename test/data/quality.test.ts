import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cleanCorpus,
  type DataProgress,
  inspectCorpus,
  LengthHistogram,
  type Pair,
  QualityStatistics,
  scriptCheck,
  splitCorpus,
} from "../../src/data/index.ts";
import { failure, temporaryFile, temporaryFolder } from "./helpers.ts";

describe("LengthHistogram", () => {
  it("gives the percentiles that sorting gives", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { minLength: 1 }), (lengths) => {
        const histogram = new LengthHistogram();
        for (const length of lengths) histogram.add(length);
        const sorted = lengths.toSorted((a, b) => a - b);
        const at = (percent: number) => sorted[Math.max(1, Math.ceil((percent * sorted.length) / 100)) - 1];
        const summary = histogram.summary();
        expect(summary.mean).toBeCloseTo(lengths.reduce((sum, length) => sum + length, 0) / lengths.length, 9);
        const { min, p5, p50, p95, p99, max } = summary;
        expect([min, p5, p50, p95, p99, max]).toEqual([sorted[0], at(5), at(50), at(95), at(99), sorted.at(-1)]);
        expect(summary.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(lengths.length);
        const { start } = summary.histogram[1]!;
        expect(summary.histogram[0]!.count).toBe(lengths.filter((length) => length < start).length);
      }),
    );
  });
});

describe("scriptCheck", () => {
  it("finds texts in a wrong script", () => {
    expect(scriptCheck("zh-cn")?.("这是中文")).toBe(false);
    expect(scriptCheck("zh-cn")?.("This was never translated")).toBe(true);
    expect(scriptCheck("zh")?.("--all 等价于 -b -d")).toBe(false);
    expect(scriptCheck("zh")?.("{0} % 12")).toBe(false);
    expect(scriptCheck("en-US")?.("это по-русски")).toBe(true);
    expect(scriptCheck("ja")?.("カタカナ")).toBe(false);
    expect(scriptCheck("xx")).toBeUndefined();
  });
});

describe("QualityStatistics", () => {
  it("finds each flaw", () => {
    const statistics = new QualityStatistics({ from: "en", to: "ru" });
    const pairs: [string, string][] = [
      ["hello", "привет"],
      ["hello ", "привет"],
      ["hello", "здравствуй"],
      ["", "пусто"],
      ["same", "same"],
      ["bell\u0007", "звонок"],
      ["bro\uFFFDken", "сломано"],
      ["not translated", "not translated!"],
    ];
    pairs.forEach(([source, target], i) => {
      statistics.add({ source, target, line: i + 1 });
    });
    const report = statistics.report();
    expect([report.pairs, report.distinctSources]).toEqual([8, 6]);
    const counts = Object.fromEntries(Object.entries(report.flaws).map(([flaw, { count }]) => [flaw, count]));
    const one = { empty: 1, duplicate: 1, identical: 1, controlCharacters: 1, replacementCharacters: 1 };
    expect(counts).toEqual({ ...one, wrongScript: 2 });
    expect(report.flaws.duplicate.examples).toEqual([{ source: "hello", target: "привет", line: 2 }]);
    expect(statistics.hasSource("hello\n")).toBe(true);
    expect(statistics.hasSource("hell")).toBe(false);
  });

  it("counts control characters as they were read, the white space among them at an end too, and shows them", () => {
    const odd = ["a\rb", "a\0b", "a\r", "\fa", "a\u0085", "a\u007fb", "\0", "\u000B"];
    const usual = ["a\nb", "a\r\nb", "a\tb", "a\n", "a\u00A0b", "a\u2028b"];
    const statistics = new QualityStatistics();
    [...usual, ...odd].forEach((source, i) => {
      statistics.add({ source, target: "x", line: i + 1 });
    });
    const { count, examples } = statistics.report().flaws.controlCharacters;
    expect(count).toBe(odd.length);
    expect(examples).toEqual(odd.slice(0, 5).map((source, i) => ({ source, target: "x", line: usual.length + i + 1 })));
  });

  it("measures ratios against the corpus itself", () => {
    const statistics = new QualityStatistics();
    for (let line = 1; line <= 1000; line++) statistics.add({ source: "x".repeat(40), target: "字".repeat(10), line });
    statistics.add({ source: "x".repeat(40), target: "字".repeat(40), line: 1001 });
    statistics.add({ source: "x".repeat(40), target: "字", line: 1002 });
    statistics.add({ source: "xxxx", target: "字", line: 1003 });
    const { median, count, examples } = statistics.report().lengthRatio;
    expect(median).toBeCloseTo(0.25, 2);
    expect(count).toBe(2);
    expect(examples.map(({ line }) => line).sort()).toEqual([1001, 1002]);
  });
});

const rows = ["one\tun", "two\tdeux", "two\tdeux", "three\t", "a  tab\there too"];
const lines = (path: string) => readFileSync(path, "utf8").split("\n");

describe("inspectCorpus", () => {
  it("reports every part, what they share, and how far it has come", async () => {
    const path = temporaryFile("train.tsv", rows.join("\n"));
    const test = temporaryFile("test.tsv", "two\tzwei\nten\tdix\n");
    const progress: DataProgress[] = [];
    const report = await inspectCorpus({ path, test: { path: test } }, { progress: (step) => progress.push(step) });
    expect([report.train.pairs, report.train.flaws.duplicate.count, report.train.flaws.empty.count]).toEqual([5, 1, 1]);
    expect(report.test).toMatchObject({ pairs: 2, sharedWithTrain: 1 });
    expect(report.validation).toBeUndefined();
    const size = statSync(path).size;
    expect(progress.find(({ pairs }) => pairs === 5)).toEqual({
      part: "train",
      pairs: 5,
      bytes: size,
      totalBytes: size,
    });
  });
});

describe("cleanCorpus", () => {
  it("writes what passes the filter, as TSV or as two files, into folders that it makes", async () => {
    const path = temporaryFile("pairs.jsonl", '{"source":"a\\tb\\nc","target":" d "}\n{"source":"","target":"e"}\n');
    const folder = temporaryFolder();
    const report = await cleanCorpus({ path }, { path: "new/clean.tsv" }, { baseDir: folder });
    expect(report).toMatchObject({ read: 2, kept: 1, empty: 1 });
    expect(lines(join(folder, "new/clean.tsv"))).toEqual(["a b c\td", ""]);
    await cleanCorpus({ path }, { source: "clean.en", target: "clean.fr" }, { baseDir: folder });
    expect([lines(join(folder, "clean.en")), lines(join(folder, "clean.fr"))]).toEqual([
      ["a b c", ""],
      ["d", ""],
    ]);
    expect(readdirSync(folder).sort()).toEqual(["clean.en", "clean.fr", "new"]);
  });

  it("never overwrites its input, under whatever name", async () => {
    const path = temporaryFile("pairs.tsv", rows.join("\n"));
    const alias = join(temporaryFolder(), "alias.tsv");
    symlinkSync(path, alias);
    await failure("FILE_UNWRITABLE", () => cleanCorpus({ path }, { path }));
    await failure("FILE_UNWRITABLE", () => cleanCorpus({ path }, { path: alias }));
    await failure("FILE_UNWRITABLE", () => cleanCorpus({ path: alias }, { source: "x", target: path }));
    expect(lines(path)).toEqual(rows);
  });

  it("leaves an older output and no remains when it fails", async () => {
    const folder = temporaryFolder();
    const output = join(folder, "out.tsv");
    writeFileSync(output, "older");
    const path = temporaryFile("pairs.tsv", `${"a\tb\nc\td\n".repeat(50_000)}broken`);
    await failure("DATA_INVALID", () => cleanCorpus({ path, filter: { deduplicate: false } }, { path: output }));
    const nothing = temporaryFile("nothing.tsv", "\t\n");
    await failure("DATA_INVALID", () => cleanCorpus({ path: nothing }, { path: output }));
    expect(readdirSync(folder)).toEqual(["out.tsv"]);
    expect(readFileSync(output, "utf8")).toBe("older");
    const error = await failure("FILE_UNWRITABLE", () => cleanCorpus({ path }, { path: join(output, "inside.tsv") }));
    expect(error.path).toBe(join(output, "inside.tsv"));
  });
});

describe("an output that is no file of its own", () => {
  it("is written to where it is a device", async () => {
    const path = temporaryFile("pairs.tsv", "one\tun\n");
    expect(await cleanCorpus({ path }, { path: "/dev/null" })).toMatchObject({ kept: 1 });
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("stays a link where it is one", async () => {
    const path = temporaryFile("pairs.tsv", "one\tun\n");
    const folder = temporaryFolder();
    mkdirSync(join(folder, "elsewhere"));
    const [link, file] = [join(folder, "clean.tsv"), join(folder, "elsewhere", "real.tsv")];
    writeFileSync(file, "older");
    symlinkSync(file, link);
    await cleanCorpus({ path }, { path: link });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("one\tun\n");
    expect(readdirSync(join(folder, "elsewhere"))).toEqual(["real.tsv"]);
  });
});

describe("several outputs", () => {
  it("stay as they are where one of them cannot be written", async () => {
    const folder = temporaryFolder();
    const path = temporaryFile("pairs.tsv", "one\tun\n");
    writeFileSync(join(folder, "clean.en"), "older");
    mkdirSync(join(folder, "clean.fr"));
    const output = { source: join(folder, "clean.en"), target: join(folder, "clean.fr") };
    const error = await failure("FILE_UNWRITABLE", () => cleanCorpus({ path }, output));
    expect(error.path).toBe(output.target);
    expect(error.message).toContain("it is a folder");
    expect(readFileSync(output.source, "utf8")).toBe("older");
    expect(readdirSync(folder).sort()).toEqual(["clean.en", "clean.fr"]);
  });
});

describe("splitCorpus", () => {
  const pairs = Array.from({ length: 60 }, (_, i): Pair => ({ source: `s${i % 30}`, target: `t${i}` }));
  const path = () => temporaryFile("pairs.tsv", pairs.map(({ source, target }) => `${source}\t${target}\n`).join(""));
  const split = { validation: 5, test: "10%" } as const;

  it("writes three parts that hold everything and share no source", async () => {
    const folder = join(temporaryFolder(), "data");
    const counts = await splitCorpus({ path: path(), split }, { folder, layout: "tsv" });
    const part = (name: string) => lines(join(folder, `${name}.tsv`)).slice(0, -1);
    const parts = ["train", "validation", "test"].map(part);
    expect(Object.values(counts)).toEqual(parts.map((rows) => rows.length));
    expect(counts.validation).toBe(10);
    expect(parts.flat().sort()).toEqual(pairs.map(({ source, target }) => `${source}\t${target}`).sort());
    const sources = parts.map((rows) => new Set(rows.map((row) => row.split("\t")[0])));
    expect(sources.reduce((sum, set) => sum + set.size, 0)).toBe(30);
    expect(readdirSync(folder).sort()).toEqual(["test.tsv", "train.tsv", "validation.tsv"]);
  });

  it("writes parallel files named by language, the same split each time", async () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    const spec = { path: path(), from: "en", to: "fr", split: { test: 3 } };
    expect(await splitCorpus(spec, { folder: first, layout: "parallel" })).toMatchObject({ test: 6, validation: 0 });
    await splitCorpus(spec, { folder: second, layout: "parallel" });
    expect(readdirSync(first).sort()).toEqual(["test.en", "test.fr", "train.en", "train.fr"]);
    expect(lines(join(first, "test.en"))).toEqual(lines(join(second, "test.en")));
  });

  it("refuses two sides of one name", async () => {
    const folder = temporaryFolder();
    const spec = { path: path(), from: "en", to: "en", split };
    const error = await failure("CONFIG_INVALID", () => splitCorpus(spec, { folder, layout: "parallel" }));
    expect(error.path).toBe("data.to");
    expect(readdirSync(folder)).toEqual([]);
    expect(await splitCorpus(spec, { folder, layout: "tsv" })).toMatchObject({ validation: 10 });
  });

  it("refuses what holds nothing out, and its own inputs as outputs", async () => {
    const folder = temporaryFolder();
    const train = join(folder, "train.tsv");
    writeFileSync(train, readFileSync(path()));
    await failure("CONFIG_INVALID", () => splitCorpus({ path: train }, { folder, layout: "tsv" }));
    await failure("FILE_UNWRITABLE", () => splitCorpus({ path: train, split }, { folder, layout: "tsv" }));
    expect(existsSync(join(folder, "test.tsv"))).toBe(false);
  });
});
