import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import config from "../../examples/browser/vite.config.ts";
import { loadTranslator } from "../../src/index.ts";
import { browserSuite, launchChromium, visit } from "./chromium.ts";
import { buildPage, ISOLATED, type Site, servePage } from "./site.ts";

const root = join(import.meta.dirname, "..", "..");
const model = join(root, "test", "fixtures", "transformer", "decoding");
const text = "w20 w8 w33 w12 w7\nw5";

/** A run's folder as a training leaves it: the best checkpoint is a model, the latest is not even there. */
function makeRun(folder: string): void {
  cpSync(model, join(folder, "checkpoints", "step-000180"), { recursive: true });
  writeFileSync(join(folder, "checkpoints.json"), '{ "latest": "step-000200", "best": "step-000180" }');
}

async function translate(page: Page, text: string): Promise<string | null> {
  await page.fill("#text", text);
  await page.click("#translate button");
  await page.waitForFunction(() => document.querySelector("#translate button:disabled") === null);
  return page.textContent("#translation");
}

describe.skipIf(browserSuite.skip)(browserSuite.name("the pages of examples/browser"), () => {
  let site: Site;
  let browser: Browser;
  let run: string;

  beforeAll(async () => {
    const folder = join(inject("installed"), "examples");
    cpSync(join(root, "examples", "browser"), folder, { recursive: true });
    run = join(folder, "public", "run");
    mkdirSync(run, { recursive: true });
    makeRun(run);
    await buildPage(folder, config);
    site = await servePage(folder, { headers: ISOLATED });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  it("translate as Node.js does, by a run that lies behind a URL or was picked [wasm]", async () => {
    await using translator = await loadTranslator(model);
    const expected = (await translator.translate(text.split("\n"))).map(([best]) => best!.text).join("\n");
    const { page, faults } = await visit(browser, site.url);
    const open = async () => {
      await page.click("#open button");
      await page.waitForFunction(() => document.querySelector("#open button:disabled") === null);
      return page.textContent("#status");
    };
    await page.fill("#url", "run");
    expect(await open()).toBe("Ready.");
    expect(await translate(page, text)).toBe(expected);
    await page.fill("#url", "");
    await page.setInputFiles("#folder", run);
    expect(await open()).toBe("Ready.");
    expect(await translate(page, text)).toBe(expected);
    await page.fill("#url", "nowhere");
    expect(await open()).toMatch(/^http.*\/nowhere holds no model\. Expected a run folder/);
    expect(faults).toEqual([]);
    await page.close();
  });

  it("train on the pairs of a text, show the loss fall, and translate by what was learned [wasm]", async () => {
    const { page, faults } = await visit(browser, `${site.url}train.html`);
    await page.click("#train button");
    await page.waitForSelector("#translate:not([hidden])");
    const points = (await page.getAttribute("polyline", "points"))!.split(" ");
    const heights = points.map((point) => Number(point.split(",")[1]));
    expect(heights.length).toBeGreaterThan(50);
    expect(heights.at(-1)!).toBeGreaterThan(heights[0]! + 15);
    expect(await page.textContent("#status")).toContain(`Step ${heights.length} of ${heights.length}, loss `);
    expect(await translate(page, "the red house")).toBe("la maison rouge");
    expect(await translate(page, "the open door")).toBe("la porte ouverte");
    expect(faults).toEqual([]);
    await page.close();
  });

  it("say what is wrong with a text of pairs, and where", async () => {
    const { page, faults } = await visit(browser, `${site.url}train.html`);
    await page.fill("#pairs", "the house\tla maison\nthe table");
    await page.click("#train button");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent !== "");
    expect(await page.textContent("#status")).toBe(
      "the pairs, line 2: expected at least 2 columns separated by tabs, found 1. Repair the line, or name the right columns.",
    );
    expect(faults).toEqual([]);
    await page.close();
  });
});
