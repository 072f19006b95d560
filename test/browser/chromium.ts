import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));

/** CHROMIUM names it where it is not on the PATH. */
const executablePath = [process.env.CHROMIUM ?? onPath].flat().find((path) => existsSync(path));

const missing = executablePath === undefined ? "no Chromium: install it, or name its program in CHROMIUM" : "";

if (missing !== "" && process.env.HEED_REQUIRE_DEVICES === "1") throw new Error(missing);

/** Suites that are skipped, and say why, where there is no browser; with HEED_REQUIRE_DEVICES=1 that is a failure. */
export const browserSuite = {
  skip: missing !== "",
  name: (what: string) => `${what} [browser]${missing === "" ? "" : ` (${missing})`}`,
};

/**
 * WebGPU comes from SwiftShader, which Chromium brings along and which needs no GPU. WebAssembly is compiled once, not
 * again in the background: that takes longer than the tests, and its memory would hide what they hold.
 */
const FLAGS = [
  "--disable-background-networking",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--js-flags=--liftoff-only",
];

/** Starts Chromium without a window. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: FLAGS });
}

/** Opens a page that a test calls. */
export async function openPage(...given: Parameters<typeof visit>): ReturnType<typeof visit> {
  const opened = await visit(...given);
  await opened.page.waitForFunction(() => "run" in globalThis);
  return opened;
}

/** Opens a page, which may call `functions`. What goes wrong in it appears in `faults`. */
export async function visit(
  browser: Browser,
  url: string,
  functions: Readonly<Record<string, () => unknown>> = {},
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  for (const [name, body] of Object.entries(functions)) await page.exposeFunction(name, body);
  await page.goto(url);
  return { page, faults };
}
