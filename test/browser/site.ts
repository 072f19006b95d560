import { cpSync } from "node:fs";
import { join } from "node:path";
import { build, createServer, type InlineConfig, type Plugin, preview } from "vite";
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

/** Builds a page with Vite. Returns the names of all modules that the page or its workers import. */
export async function buildPage(root: string, config: InlineConfig = {}): Promise<Set<string>> {
  const imported = new Set<string>();
  const listener: Plugin = {
    name: "listener",
    enforce: "pre",
    resolveId(name) {
      imported.add(name);
      return null;
    },
  };
  const listening = { plugins: [listener], worker: { plugins: () => [listener] } };
  await build({ root, configFile: false, logLevel: "error", ...listening, ...config });
  return imported;
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
