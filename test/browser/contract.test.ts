import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { browserSuite, launchChromium, openPage } from "./chromium.ts";
import type { ContractPage } from "./pages/contract/main.ts";
import { buildPage, type Site, servePage } from "./site.ts";

const page = join(import.meta.dirname, "pages", "contract");

describe.skipIf(browserSuite.skip)(browserSuite.name("the contract of runtimes"), () => {
  let site: Site;
  let browser: Browser;

  /** The contract is written for the sources: here its imports lead to the installed package. */
  beforeAll(async () => {
    const heed = join(inject("installed"), "node_modules", "heed", "dist");
    const outDir = join(inject("installed"), "contract");
    const alias = [
      { find: /^(?:\.\.\/)+src\/(.*)\.ts$/, replacement: `${heed}/$1.js` },
      { find: /^heed\/runtime$/, replacement: `${heed}/runtime/index.browser.js` },
      { find: /^\.\.?\/memory\.ts$/, replacement: join(page, "memory.ts") },
    ];
    await buildPage(page, { resolve: { alias }, build: { outDir } });
    site = await servePage(page, { outDir });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  it.each([
    { device: "wasm", worker: false },
    { device: "wasm", worker: true },
    { device: "webgpu", worker: false },
    { device: "webgpu", worker: true },
  ] as const)("is kept in a browser, with %o", async (options) => {
    const { page, faults } = await openPage(browser, site.url, { browserMemory: () => settledMemory(browser) });
    const outcomes = await page.evaluate((options) => (globalThis as unknown as ContractPage).run(options), options);
    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(30);
    expect(faults).toEqual([]);
    await page.close();
  });
});

/** The resident memory of all processes of a browser in bytes, after garbage was collected; known on Linux only. */
async function settledMemory(browser: Browser): Promise<number> {
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    await session.detach();
  }
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = await Promise.all(processInfo.map(({ id }) => residentMemory(id)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
}
