import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileContent, memoryFiles } from "../../src/hub/files.ts";
import { folderFiles } from "../../src/hub/node.ts";
import { loadTranslator } from "../../src/translation/load-translator.ts";
import { heedError } from "../hub/errors.ts";

const model = join(import.meta.dirname, "..", "fixtures", "transformer", "decoding");
const texts = ["w20 w8 w33 w12 w7", "w5"];

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const name = /^\/runs\/first\/checkpoints\/step-000002\/([^/]+)$/.exec(request.url!)?.[1];
    if (request.url === "/runs/first/checkpoints.json") response.end('{ "latest": "step-000002" }');
    else if (request.url === "/busy/config.json") response.writeHead(503).end();
    else if (name === undefined) response.writeHead(404).end();
    else
      readFile(join(model, name)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function translations(...given: Parameters<typeof loadTranslator>): Promise<string[]> {
  await using translator = await loadTranslator(...given);
  return (await translator.translate(texts)).map(([best]) => best!.text);
}

describe("loadTranslator", () => {
  it("opens a folder by its path, its URL, or its files, a run's at another host as well", async () => {
    const expected = await translations(model);
    expect(expected.every((text) => text.length > 0)).toBe(true);
    const run = `${origin}/runs/first`;
    for (const folder of [pathToFileURL(model), folderFiles(model), run, new URL(run)]) {
      expect(await translations(folder, { threads: 1 })).toEqual(expected);
    }
  });

  it("says what it did not find behind a URL, or what kept it from looking", async () => {
    const error = await heedError(() => loadTranslator(`${origin}/runs`), "FILE_NOT_FOUND");
    expect(error.message).toContain(`${origin}/runs holds no model. Expected a run folder`);
    const busy = await heedError(() => loadTranslator(`${origin}/busy`), "DOWNLOAD_FAILED");
    expect(busy.message).toContain(`${origin}/busy/config.json cannot be fetched: the server answered 503`);
  });

  it("opens a folder whose translations have a vocabulary, and so a tokenizer, of their own", async () => {
    const separate = join(model, "..", "marian-separate");
    const read = async (folder: string, name: string) => [name, await readFile(join(folder, name))] as const;
    const tokenizer = await readFile(join(model, "tokenizer.json"), "utf8");
    const files = new Map<string, FileContent>([
      ...(await Promise.all(["config.json", "model.safetensors"].map((name) => read(separate, name)))),
      ["tokenizer.json", tokenizer],
    ]);
    const error = await heedError(() => loadTranslator(memoryFiles(files, "folder")), "FILE_NOT_FOUND");
    expect(error.message).toContain("There is no target_tokenizer.json in folder");
    files.set("target_tokenizer.json", tokenizer.replaceAll('"w', '"v'));
    await using translator = await loadTranslator(memoryFiles(files, "folder"), { threads: 1 });
    const [found] = (await translator.translate(["w20 w8"], { maxNewTokens: 5 }))[0]!;
    expect(found!.sourceTokens).toEqual(["w20", "w8", "</s>"]);
    expect(found!.tokens.every(({ id, text }) => text === (id === 0 ? "</s>" : `v${id}`))).toBe(true);
    expect(found!.tokens.length).toBeGreaterThan(0);
  });

  it.each(["", "a\0b", null, undefined, 3, {}])("refuses %j, which names no folder", async (folder) => {
    await heedError(() => loadTranslator(folder as string), "INPUT_INVALID");
  });
});
