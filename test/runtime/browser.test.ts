import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import fixture from "../fixtures/random-mask.json" with { type: "json" };
import { serve } from "./browser/serve.ts";
import { adamByHand, type Matrix } from "./programs.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const missing = existsSync(CHROMIUM) ? "" : ` (no Chromium at ${CHROMIUM}: set CHROMIUM)`;
if (missing !== "" && process.env.HEED_REQUIRE_DEVICES === "1") throw new Error(missing);

const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

interface Checked {
  readonly device: string;
  readonly trained: readonly (readonly number[])[];
  readonly mask: string;
  readonly pause?: { readonly longest: number; readonly duration: number };
}

describe.skipIf(missing !== "")(`in a page built by Vite [browser]${missing}`, () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heed-browser-"));
    await build({
      root: fileURLToPath(new URL("./browser", import.meta.url)),
      configFile: false,
      logLevel: "error",
      build: { outDir: folder, target: "es2022", minify: false },
      worker: { format: "es" },
    });
    const served = await serve(folder);
    server = served.server;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (/^https?:/.test(request.url()) && !request.url().startsWith(served.url)) problems.push(request.url());
    });
    await page.goto(served.url);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const check = (where: "page" | "worker", options: object) =>
    page.evaluate(
      ([place, told]) => (window as unknown as { check(a: unknown, b: unknown): Promise<Checked> }).check(place, told),
      [where, options] as const,
    );

  it.each([
    ["page", { device: "wasm", threads: 1 }],
    ["worker", { device: "wasm" }],
    ["page", { device: "webgpu" }],
    ["worker", { device: "webgpu" }],
  ] as const)("in the %s, %o trains and draws masks", async (where, options) => {
    const checked = await check(where, options);
    expect(checked).toMatchObject({ device: options.device, mask: fixture.masks[0]!.bits.slice(0, 64) });
    const expected = expectedTraining();
    for (const [i, numbers] of expected.entries()) {
      for (const [j, number] of numbers.entries()) expect(checked.trained[i]![j]! / number).toBeCloseTo(1, 4);
    }
    expect(checked.trained.length).toBe(expected.length);
    if (where === "worker") expect(checked.pause!.longest).toBeLessThan(checked.pause!.duration / 2);
  });

  it("has no native engine", async () => {
    expect(await check("page", { device: "cpu" })).toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  });

  it("asks no other host for anything, and nothing fails unseen", () => {
    expect(problems).toEqual([]);
  });

  it("holds nothing of the native engine, nor Node's modules outside ONNX Runtime's own code", async () => {
    for (const name of await readdir(join(folder, "assets"))) {
      if (!name.endsWith(".js")) continue;
      const code = await readFile(join(folder, "assets", name), "utf8");
      expect(code, name).not.toMatch(/onnxruntime[-_]node|onnxruntime_binding/);
      // ONNX Runtime's own code: alone, and in the scripts of workers.
      if (!/^(ort|entry)\./.test(name)) expect(code, name).not.toMatch(/["']node:|worker_threads/);
    }
  });
});

/** What `train` in the page computes. */
function expectedTraining(): number[][] {
  const zeros: Matrix = [1, 2, 3].map(() => [0, 0]);
  const numbers: number[][] = [];
  let state: { w: Matrix; m: Matrix; v: Matrix } = { w: rows([1, 2, 3, 4, 5, 6], 2), m: zeros, v: zeros };
  for (const size of [2, 3]) {
    const x = Array.from({ length: size * 3 }, (_, i) => Math.sin(i));
    const t = Array.from({ length: size * 2 }, (_, i) => i);
    const step = adamByHand(state, rows(x, 3), rows(t, 2));
    numbers.push([step.loss], step.w.flat());
    state = step;
  }
  return [...numbers, state.w.flat()];
}

function rows(numbers: readonly number[], width: number): Matrix {
  return Array.from({ length: numbers.length / width }, (_, i) => numbers.slice(i * width, (i + 1) * width));
}
