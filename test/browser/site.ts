import { cpSync } from "node:fs";
import { join } from "node:path";
import { build, createLogger, createServer, type InlineConfig, preview } from "vite";
import { inject } from "vitest";

const fixtures = join(import.meta.dirname, "..", "fixtures", "transformer");

export interface Site extends AsyncDisposable {
  readonly url: string;
}

/** The headers that a page needs to share memory between threads. */
export const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A folder of a page, as its author has it: next to the installed package, the models among the public files. */
export function pageFolder(name: string, ...models: string[]): string {
  const folder = join(inject("installed"), name);
  cpSync(join(import.meta.dirname, "pages", name), folder, { recursive: true });
  for (const model of models) cpSync(join(fixtures, model), join(folder, "public", model), { recursive: true });
  return folder;
}

/** Builds a page with Vite, which tells of each module that a browser does not have. Returns all that it told. */
export async function buildPage(root: string, config: InlineConfig = {}): Promise<string> {
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const customLogger = { ...createLogger("silent"), info: tell, warn: tell, warnOnce: tell };
  await build({ root, configFile: false, logLevel: "warn", customLogger, ...config });
  return told.join("\n");
}

/** Serves what was built. */
export async function servePage(
  root: string,
  { headers = {}, outDir = "dist" }: { headers?: Record<string, string>; outDir?: string } = {},
): Promise<Site> {
  const server = await preview({ root, configFile: false, build: { outDir }, preview: { ...LOCAL, headers } });
  return site(server.resolvedUrls!.local[0]!, () => server.close());
}

/** Serves a page as Vite does while its author works on it. */
export async function serveSources(root: string): Promise<Site> {
  const server = await createServer({ root, configFile: false, server: LOCAL, logLevel: "error" });
  await server.listen();
  return site(server.resolvedUrls!.local[0]!, () => server.close());
}

const LOCAL = { host: "127.0.0.1", port: 0 };

function site(url: string, close: () => Promise<void>): Site {
  return { url, [Symbol.asyncDispose]: close };
}
