import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  folderFiles,
  memoryFiles,
  pickedFiles,
  resolveModelFiles,
  resolveModelFolder,
  urlFiles,
} from "../../src/hub/node.ts";
import { heedError } from "./errors.ts";

/** Folders as files, by name. */
const folders: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  best: {
    "checkpoints.json": '{ "latest": "step-000200", "best": "step-000180" }',
    "checkpoints/step-000180/config.json": "best",
    "checkpoints/step-000200/config.json": "latest",
  },
  latest: {
    "checkpoints.json": '{ "latest": "step-000200" }',
    "checkpoints/step-000180/config.json": "earlier",
    "checkpoints/step-000200/config.json": "latest",
  },
  model: { "config.json": "itself" },
  gone: { "checkpoints.json": '{ "latest": "step-000200" }', "recipe.json": "{}" },
  broken: { "checkpoints.json": '{ "latest": "../../elsewhere" }' },
  adapter: { "adapter_config.json": "{}" },
  empty: { "recipe.json": "{}" },
};

let root: string;
let server: Server;
let origin: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "heed-"));
  for (const [folder, files] of Object.entries(folders)) {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(root, folder, name, ".."), { recursive: true });
      await writeFile(join(root, folder, name), content);
    }
  }
  server = createServer((request, response) => {
    const found = readFile(join(root, decodeURIComponent(request.url!)));
    found.then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true, force: true });
});

/** As a browser gives the files of a folder that was picked. */
function picked(folder: string) {
  return Object.entries(folders[folder]!).map(([path, content]) =>
    Object.assign(new File([content], path.split("/").at(-1)!), { webkitRelativePath: `${folder}/${path}` }),
  );
}

const ways = [
  { way: "behind a URL", open: (folder: string) => urlFiles(new URL(`${origin}/${folder}`)) },
  { way: "that were picked", open: (folder: string) => pickedFiles(picked(folder)) },
  { way: "in memory", open: (folder: string) => memoryFiles(new Map(Object.entries(folders[folder]!)), folder) },
  { way: "on a disk", open: (folder: string) => folderFiles(join(root, folder)) },
] as const;

describe.each(ways)("the model that files $way mean", ({ open }) => {
  it.each([
    ["best", "best", "checkpoints/step-000180"],
    ["latest", "latest", "checkpoints/step-000200"],
    ["model", "itself", ""],
  ])("%s: that which resolveModelFolder finds on a disk", async (folder, content, place) => {
    const files = await resolveModelFiles(open(folder));
    expect(new TextDecoder().decode(await files.read("config.json"))).toBe(content);
    expect(files.location).toBe([open(folder).location, place].filter(Boolean).join("/"));
    expect(await files.read("model.safetensors")).toBeUndefined();
    expect(await resolveModelFolder(join(root, folder))).toBe(join(root, folder, place));
  });

  it("says which checkpoint is gone", async () => {
    const { location } = open("gone");
    const error = await heedError(() => resolveModelFiles(open("gone")), "FILE_NOT_FOUND");
    expect(error.path).toBe(`${location}/checkpoints/step-000200`);
    expect(error.message).toBe(
      `${location}/checkpoints.json names ${error.path}, where there is no model. Name another checkpoint's folder.`,
    );
  });

  it("says what is wrong with the file that names the checkpoints", async () => {
    const error = await heedError(() => resolveModelFiles(open("broken")), "FORMAT_INVALID");
    expect(error.message).toContain(
      `${open("broken").location}/checkpoints.json: latest: must be the name of a folder`,
    );
  });

  it("says what was expected where there is none", async () => {
    const error = await heedError(() => resolveModelFiles(open("empty")), "FILE_NOT_FOUND");
    // Behind a URL nobody can tell what else is there.
    expect(error.message.replace(" It holds recipe.json.", "")).toBe(
      `${open("empty").location} holds no model. Expected a run folder, which holds checkpoints.json, or a model folder, which holds config.json.`,
    );
    if (open("empty").names) expect(error.message).toContain(" It holds recipe.json.");
    await heedError(() => resolveModelFiles(open("adapter")), "MODEL_UNSUPPORTED");
  });
});

describe("an input in which nothing was picked", () => {
  it("has no files", async () => {
    expect(await pickedFiles(null).read("config.json")).toBeUndefined();
    const error = await heedError(() => resolveModelFiles(pickedFiles(null)), "FILE_NOT_FOUND");
    expect(error.message).toContain("the picked folder holds no model.");
  });
});
