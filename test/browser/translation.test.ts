import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTranslator } from "../../src/index.ts";
import { browserSuite, launchChromium, openPage } from "./chromium.ts";
import type { Translated, TranslationPage } from "./pages/translation/main.ts";
import { buildPage, ISOLATED, pageFolder, servePage, serveSources } from "./site.ts";

type Options = Parameters<TranslationPage["run"]>[1];

const texts = ["w2 w3 w4", "w20 w8 w33 w12 w7", "w5"];
const model = join(import.meta.dirname, "..", "fixtures", "transformer", "decoding");

const translate = (page: Page, options: Options): Promise<Translated[][]> =>
  page.evaluate(([texts, options]) => (globalThis as unknown as TranslationPage).run(texts, options), [
    texts,
    options,
  ] as const);

/** Counts what a page itself sends to the GPU, its workers aside. */
const countSubmits = `{
  const { submit } = GPUQueue.prototype;
  globalThis.submits = 0;
  GPUQueue.prototype.submit = function (commands) {
    globalThis.submits++;
    return submit.call(this, commands);
  };
}`;

describe.skipIf(browserSuite.skip)(browserSuite.name("a page that translates"), () => {
  let folder: string;
  let imported: Set<string>;
  let browser: Browser;
  let expected: Translated[][];

  beforeAll(async () => {
    folder = pageFolder("translation", "decoding");
    imported = await buildPage(folder);
    browser = await launchChromium();
    await using translator = await loadTranslator(model, { device: "cpu" });
    expected = await translator.translate(texts, { numBeams: 4, numReturnSequences: 2 });
  });
  afterAll(() => browser?.close());

  /** The texts that Node.js gives, and its scores as near as devices agree. */
  function expectSame(found: Translated[][]): void {
    const textsOf = (rows: Translated[][]) => rows.map((row) => row.map(({ text }) => text));
    expect(textsOf(found)).toEqual(textsOf(expected));
    found.flat().forEach(({ score }, i) => {
      expect(score).toBeCloseTo(expected.flat()[i]!.score, 4);
    });
  }

  it("is built without anything of Node.js or the native engine", () => {
    expect(imported).toContain("onnxruntime-web/wasm");
    expect([...imported].filter((name) => isBuiltin(name) || name === "onnxruntime-node")).toEqual([]);
    const assets = join(folder, "dist", "assets");
    const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(3);
    for (const name of scripts) {
      const code = readFileSync(join(assets, name), "utf8");
      expect(code, name).not.toMatch(/onnxruntime-node|koffi/);
    }
  });

  it.each([
    { device: "wasm", worker: false },
    { device: "wasm", worker: true },
    { device: "webgpu", worker: false },
    { device: "webgpu", worker: true },
  ] as const)("gives what Node.js gives, with %o", async ({ device, worker }) => {
    await using site = await servePage(folder);
    const { page, faults } = await openPage(browser, site.url);
    await page.evaluate(countSubmits);
    let workers = 0;
    page.on("worker", () => workers++);
    expectSame(await translate(page, { device, worker }));
    expect(workers > 0).toBe(worker);
    expect((await page.evaluate<number>("submits")) > 0).toBe(device === "webgpu" && !worker);
    expect(faults).toEqual([]);
    await page.close();
  });

  it.each([false, true])("shares the work between threads, in a worker: %o", async (worker) => {
    await using site = await servePage(folder, { headers: ISOLATED });
    const { page, faults } = await openPage(browser, site.url);
    let workers = 0;
    page.on("worker", () => workers++);
    expectSame(await translate(page, { device: "wasm", threads: 2, worker }));
    expect(workers).toBe(worker ? 2 : 1);
    expect(faults).toEqual([]);
    await page.close();
  });

  it("works while its author develops it", async () => {
    await using site = await serveSources(folder);
    const { page, faults } = await openPage(browser, site.url);
    for (const worker of [false, true]) expectSame(await translate(page, { device: "wasm", worker }));
    expect(faults).toEqual([]);
    await page.close();
  });
});
