import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  isInside,
  type ModelFiles,
  memoryFiles,
  openFile,
  pickedFiles,
  readJson,
  urlFiles,
} from "../../src/hub/files.ts";
import { folderFiles } from "../../src/hub/folder.ts";
import { heedError } from "./errors.ts";

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

describe("files in memory", () => {
  it("are read as bytes, and undefined where there are none", async () => {
    const files = memoryFiles(
      new Map<string, string | Uint8Array>([
        ["a.json", '{"é":1}'],
        ["b", Uint8Array.of(1)],
      ]),
      "memory",
    );
    expect(text(await files.read("a.json"))).toBe('{"é":1}');
    expect(await files.read("b")).toEqual(Uint8Array.of(1));
    expect(await files.read("c")).toBeUndefined();
    expect(await readJson(files, "a.json")).toEqual({ é: 1 });
    expect(await readJson(files, "c")).toBeUndefined();
  });
});

describe("picked files", () => {
  const file = (content: string, name: string, path?: string) =>
    Object.assign(new File([content], name), path === undefined ? {} : { webkitRelativePath: path });

  it("are found by their names, or by their paths in the folder that was picked", async () => {
    expect(text(await pickedFiles([file("{}", "config.json")]).read("config.json"))).toBe("{}");
    expect(text(await pickedFiles([file("{}", "config.json", "")]).read("config.json"))).toBe("{}");
    const folder = pickedFiles([
      file("model", "config.json", "run/config.json"),
      file("state", "state.json", "run/training/state.json"),
    ]);
    expect(text(await folder.read("config.json"))).toBe("model");
    expect(text(await folder.read("training/state.json"))).toBe("state");
    expect(await folder.read("state.json")).toBeUndefined();
  });

  it("that cannot be read give an error", async () => {
    const gone = {
      name: "config.json",
      size: 2,
      slice: () => ({ arrayBuffer: () => Promise.reject(new Error("it was moved")) }),
    };
    const error = await heedError(() => pickedFiles([gone]).read("config.json"), "FILE_UNREADABLE");
    expect(error.message).toBe("config.json cannot be read: it was moved. Pick the files again.");
    const opened = await pickedFiles([gone]).open?.("config.json");
    await heedError(async () => opened?.read(new Uint8Array(1), 0), "FILE_UNREADABLE");
  });
});

describe("an open file", () => {
  const content = Uint8Array.from({ length: 100 }, (_, i) => i);
  const name = "weights";
  let path: string;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), "heed-files-"));
    await writeFile(join(path, name), content);
  });
  afterAll(() => rm(path, { recursive: true }));

  const kinds: readonly [string, () => ModelFiles][] = [
    ["in memory", () => memoryFiles(new Map([[name, content]]), "memory")],
    ["in text", () => memoryFiles(new Map([[name, new TextDecoder().decode(content)]]), "memory")],
    ["picked", () => pickedFiles([new File([content], name)])],
    ["on a disk", () => folderFiles(path)],
    ["behind a URL", () => urlFiles("https://host/m", { fetch: async (url) => response(String(url)) })],
  ];
  const response = (url: string) =>
    url === `https://host/m/${name}` ? new Response(content) : new Response("", { status: 404 });

  it.each(kinds)("%s is read piece by piece", async (_, open) => {
    const file = (await openFile(open(), name))!;
    expect(file.size).toBe(100);
    const target = new Uint8Array(12);
    await file.read(target.subarray(1, 11), 90);
    expect([...target]).toEqual([0, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 0]);
    await file.close();
    expect(await openFile(open(), "none")).toBeUndefined();
  });

  it("on a disk or picked that ends before what is asked for is an error", async () => {
    for (const files of [folderFiles(path), pickedFiles([new File([content], name)])]) {
      const file = (await openFile(files, name))!;
      const error = await heedError(() => file.read(new Uint8Array(2), 99), "FILE_UNREADABLE");
      expect(error.message).toContain(`${name} cannot be read: it ends at byte 100, and had 100.`);
      await file.close();
    }
  });

  it("on a disk may have more than 2 GiB", async () => {
    const large = await open(join(path, "large"), "w");
    await large.write(content, 0, 100, 2 ** 32 + 5); // The rest is a hole, which takes no room.
    await large.close();
    const file = (await openFile(folderFiles(path), "large"))!;
    const target = new Uint8Array(3);
    await file.read(target, 2 ** 32 + 12);
    expect([file.size, ...target]).toEqual([2 ** 32 + 105, 7, 8, 9]);
    await file.close();
  });

  it("on a disk is not outside its folder", async () => {
    await heedError(() => folderFiles(path).open("../weights"), "FILE_UNREADABLE");
  });
});

describe("files behind a URL", () => {
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === "/a%20model/config.json") response.end("{}");
      else if (request.url === "/a%20model/deep/x%3F.json") response.end("deep");
      else if (request.url === "/a%20model/busy") response.writeHead(503).end();
      else if (request.url === "/a%20model/hangs") response.write("first");
      else if (request.url === "/a%20model/breaks")
        response.writeHead(200, { "content-length": 9 }).write("x", () => response.destroy());
      else if (request.url === "/a%20model/page")
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>");
      else response.writeHead(404).end("no such file");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are fetched, and undefined where there are none", async () => {
    for (const url of [`${origin}/a model`, `${origin}/a%20model/`]) {
      const files = urlFiles(url);
      expect(files.location).toBe(`${origin}/a%20model`);
      expect(text(await files.read("config.json"))).toBe("{}");
      expect(text(await files.read("deep/x?.json"))).toBe("deep");
      expect(await files.read("model.safetensors")).toBeUndefined();
      expect(await files.read("page")).toBeUndefined();
    }
  });

  it("that a server does not give, or not whole, are an error with the address", async () => {
    const files = urlFiles(`${origin}/a model`);
    const busy = await heedError(() => files.read("busy"), "DOWNLOAD_FAILED");
    expect(busy.message).toContain(`${origin}/a%20model/busy cannot be fetched: the server answered 503`);
    expect(busy.path).toBe(`${origin}/a%20model/busy`);
    await heedError(() => files.read("breaks"), "DOWNLOAD_FAILED");
    await heedError(() => urlFiles("http://127.0.0.1:1/").read("x"), "DOWNLOAD_FAILED");
  });

  it("that are no longer wanted are given up", async () => {
    const controller = new AbortController();
    const reading = urlFiles(`${origin}/a model`, { signal: controller.signal }).read("hangs");
    setTimeout(() => controller.abort(), 20);
    await heedError(() => reading, "ABORTED");
  });
});

describe("the name of a file", () => {
  it.each(["config.json", "training/state.json", "a/b/c", ".hidden", "a..b", "ä", "step-000200"])(
    "%s stays inside",
    (name) => expect(isInside(name)).toBe(true),
  );

  it.each([
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "a/",
    "C:/x",
    "C:x",
    "..\\x",
    "a\\b",
    "a\0b",
    "a\nb",
    "x.",
    "x ",
    "a?",
    "a*",
    'a"b',
    "a|b",
    "<a>",
  ])("%j leads outside, or is not allowed everywhere", (name) => expect(isInside(name)).toBe(false));
});
