import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import {
  encodeCorpus,
  multi30kFile,
  openCorpus,
  type PairCorpus,
  planEpoch,
  readCompilerMessages,
  realShare,
} from "../../src/data/index.ts";
import { failure, pairsOf, temporaryFolder } from "./helpers.ts";

const shared = new URL("../../../shared/data/", import.meta.url).pathname;
const noShared = !existsSync(shared);
const needsShared = noShared ? " (skipped: ../shared/data is absent)" : "";

/** A stand-in for a tokenizer: words in pieces of up to five letters, signs alone, an end mark. */
const encode = (text: string) =>
  [...(text.match(/\p{L}{1,5}|\p{N}|[^\s\p{L}\p{N}]/gu) ?? []), ""].map((piece) => piece.length);

async function shareOf(corpus: PairCorpus, maxTokens: number): Promise<number> {
  const encoded = await encodeCorpus(corpus, { encodeSource: encode, encodeTarget: encode });
  return realShare(await planEpoch([encoded.sourceLengths, encoded.targetLengths], { seed: 1, epoch: 0, maxTokens }));
}

describe("compiler-messages", () => {
  it("has the English messages that the compiler itself has", async () => {
    const { Diagnostics } = ts as unknown as { Diagnostics: Record<string, { key: string; message: string }> };
    const path = new URL("../../node_modules/typescript/lib/ja/diagnosticMessages.generated.json", import.meta.url);
    const japanese: Record<string, string> = JSON.parse(readFileSync(path, "utf8"));
    const expected = Object.values(Diagnostics).flatMap(({ key, message }) => {
      const target = japanese[key];
      return target === undefined || target === message ? [] : [{ source: message, target }];
    });
    expect(expected.length).toBeGreaterThan(2000);
    expect(await pairsOf(readCompilerMessages("en", "ja"))).toEqual(expected);
  });

  it("has 2,114 pairs in French and 2,118 in Chinese, none of them twice", async () => {
    for (const [to, count] of [
      ["fr", 2114],
      ["zh-cn", 2118],
    ] as const) {
      await using corpus = await openCorpus({ corpus: "compiler-messages", to });
      expect(corpus.train.size).toBe(count);
      expect(corpus.train.report.duplicate).toBe(0);
    }
  });

  it("splits off exactly 200 and 200, with no sentence in two parts", async () => {
    const split = { validation: 200, test: 200 };
    await using corpus = await openCorpus({ corpus: "compiler-messages", from: "de", to: "fr", split: {} });
    expect(corpus.validation).toBeUndefined();
    await using english = await openCorpus({ corpus: "compiler-messages", to: "fr", split });
    expect([english.train.size, english.validation?.size, english.test?.size]).toEqual([1714, 200, 200]);
  });

  it("fills batches to 90%", async () => {
    await using corpus = await openCorpus({
      corpus: "compiler-messages",
      to: "fr",
      split: { validation: 200, test: 200 },
    });
    expect(await shareOf(corpus.train, 2048)).toBeGreaterThan(0.9);
  });

  it("says what to install where TypeScript is missing, or has no messages", async () => {
    const folder = temporaryFolder();
    const error = await failure("PACKAGE_MISSING", () => pairsOf(readCompilerMessages("en", "fr", [folder])));
    expect(error.message).toMatch("npm install typescript@5.9.3");
    const library = join(folder, "node_modules/typescript/lib");
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, "../package.json"), '{"name":"typescript","version":"7.0.0"}');
    await failure("PACKAGE_MISSING", () => pairsOf(readCompilerMessages("en", "fr", [folder])));
    writeFileSync(join(library, "typescript.js"), 'x: diag(1e3, 1 /* Error */, "A_1000", \'say "A"\')');
    const untranslated = await failure("PACKAGE_MISSING", () => pairsOf(readCompilerMessages("en", "fr", [folder])));
    expect(untranslated.message).toMatch('"fr"');
    mkdirSync(join(library, "fr"));
    writeFileSync(join(library, "fr/diagnosticMessages.generated.json"), '{"A_1000":"dire « A »"}');
    const pairs = await pairsOf(readCompilerMessages("en", "fr", [temporaryFolder(), folder]));
    expect(pairs).toEqual([{ source: 'say "A"', target: "dire « A »" }]);
  });
});

describe.skipIf(noShared)(`multi30k from a folder${needsShared}`, () => {
  const dataDir = join(shared, "multi30k");

  it("has the published parts, whole", async () => {
    for (const to of ["fr", "de"] as const) {
      await using corpus = await openCorpus({ corpus: "multi30k", to, dataDir });
      expect([corpus.train.size, corpus.validation?.size, corpus.test?.size]).toEqual([29_000, 1014, 1000]);
    }
  });

  it("fills batches to 90%", async () => {
    await using corpus = await openCorpus({ corpus: "multi30k", to: "fr", dataDir });
    expect(await shareOf(corpus.train, 4096)).toBeGreaterThan(0.9);
  });

  it("takes packed files, and refuses others than the published ones", async () => {
    const folder = temporaryFolder();
    const published = readFileSync(join(dataDir, "val.de"));
    const options = { dataDir: folder, cacheDir: folder };
    const missing = await failure("FILE_NOT_FOUND", () => multi30kFile("val", "de", options));
    expect(missing.path).toBe(join(folder, "val.de"));
    writeFileSync(join(folder, "val.de.gz"), gzipSync(published));
    expect(await multi30kFile("val", "de", options)).toBe(join(folder, "val.de.gz"));
    writeFileSync(join(folder, "val.de"), published.subarray(1));
    const mismatch = await failure("CHECKSUM_MISMATCH", () => multi30kFile("val", "de", options));
    expect(mismatch.message).toMatch("--data-dir");
  });

  it("downloads once, from the pinned commit, and keeps only what is right", async () => {
    const cacheDir = temporaryFolder();
    const asked: string[] = [];
    const answer = (body: Buffer) => async (url: string | URL | Request) => {
      asked.push(String(url));
      return new Response(new Uint8Array(gzipSync(body)));
    };
    const published = readFileSync(join(dataDir, "val.en"));
    const wrong = { cacheDir, fetch: answer(published.subarray(5)) };
    await failure("CHECKSUM_MISMATCH", () => multi30kFile("val", "en", wrong));
    expect(readdirSync(cacheDir)).toEqual([]);
    const right = { cacheDir, fetch: answer(published) };
    const path = await multi30kFile("val", "en", right);
    expect(readFileSync(path).equals(published)).toBe(true);
    await multi30kFile("val", "en", right);
    expect(readdirSync(cacheDir)).toEqual(["val.en"]);
    const home = "https://raw.githubusercontent.com/multi30k/dataset/a3d2e0d26b56f3846f66a952536ffed4e401d05a";
    expect(asked).toEqual([`${home}/data/task1/raw/val.en.gz`, `${home}/data/task1/raw/val.en.gz`]);
    writeFileSync(path, "spoilt");
    expect(readFileSync(await multi30kFile("val", "en", right)).equals(published)).toBe(true);
  });
});

describe("multi30k by download", () => {
  it("says what to do when it fails, and can be aborted", async () => {
    const cacheDir = temporaryFolder();
    const answers: (() => Promise<Response>)[] = [
      async () => new Response("no", { status: 404, statusText: "Not Found" }),
      async () => new Response("not gzip"),
      async () => {
        throw new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") });
      },
    ];
    for (const fetch of answers) {
      const error = await failure("DOWNLOAD_FAILED", () => multi30kFile("val", "en", { cacheDir, fetch }));
      expect(error.message).toMatch(/404|gzip|ENOTFOUND/);
      expect(error.message).toMatch("--data-dir");
    }
    const controller = new AbortController();
    const never = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) =>
        init?.signal?.addEventListener("abort", () => reject(new Error("stop"))),
      );
    const download = multi30kFile("val", "en", { cacheDir, fetch: never, signal: controller.signal });
    controller.abort();
    await failure("ABORTED", () => download);
  });
});
