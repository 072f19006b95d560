import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { folderFiles, replaceFile, tidyFolder, writeFolder } from "../../src/hub/node.ts";
import { heedError } from "./errors.ts";

/** Makes the calls that come after so many fail, like a disk that has become full or a folder that is locked. */
const disk = vi.hoisted(() => ({ callsLeft: Number.POSITIVE_INFINITY, code: "ENOSPC", calls: [] as string[] }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const count = (call: string) => {
    disk.calls.push(call);
    disk.callsLeft--;
    if (disk.callsLeft < 0) throw Object.assign(new Error(`${disk.code}: it failed, ${call}`), { code: disk.code });
  };
  const open: typeof real.open = async (path, ...rest) => {
    const file = await real.open(path, ...rest);
    for (const call of ["writeFile", "sync"] as const) {
      const original = file[call].bind(file) as (...args: unknown[]) => Promise<void>;
      file[call] = (async (...args: unknown[]) => {
        try {
          count(`${call} ${path}`);
        } catch (error) {
          return Promise.reject(error);
        }
        return original(...args);
      }) as never;
    }
    return file;
  };
  const counted = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) => {
    return async (...args: A) => {
      count(`${name} ${args[0]}`);
      return call(...args);
    };
  };
  return { ...real, open, rename: counted("rename", real.rename), mkdir: counted("mkdir", real.mkdir) };
});

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "heed-hub-"));
  folder = join(parent, "model");
});
afterEach(async () => {
  disk.callsLeft = Number.POSITIVE_INFINITY;
  disk.code = "ENOSPC";
  await rm(parent, { recursive: true, force: true });
});

const first = new Map<string, string | Uint8Array>([
  ["config.json", "1"],
  ["training/deep/state.json", "1"],
]);
const second = new Map<string, string | Uint8Array>([
  ["config.json", "2"],
  ["training/deep/state.json", "2"],
  ["model.safetensors", Uint8Array.of(2)],
]);

async function contents(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files
    .sort()
    .map(async (file) => [file.slice(path.length + 1), await readFile(file, "latin1")] as const);
  return Object.fromEntries(await Promise.all(pairs));
}
const [FIRST, SECOND] = [
  { "config.json": "1", "training/deep/state.json": "1" },
  { "config.json": "2", "model.safetensors": "\x02", "training/deep/state.json": "2" },
];

describe("writeFolder", () => {
  it("makes a folder and those above it, and replaces it, leaving nothing else", async () => {
    folder = join(parent, "runs", "one", "step-000200");
    await writeFolder(folder, first);
    expect(await contents(folder)).toEqual(FIRST);
    await writeFolder(folder, second);
    expect(await contents(folder)).toEqual(SECOND);
    expect(await readdir(join(parent, "runs", "one"))).toEqual(["step-000200"]);
  });

  it("syncs each file and each folder before the new folder takes its place", async () => {
    disk.calls.length = 0;
    await writeFolder(folder, second);
    const fresh = join(parent, ".model.new");
    const place = disk.calls.indexOf(`rename ${fresh}`);
    const synced = disk.calls.slice(0, place).flatMap((call) => (call.startsWith("sync ") ? [call.slice(5)] : []));
    const files = [...second.keys()].map((name) => join(fresh, name));
    const folders = [fresh, join(fresh, "training"), join(fresh, "training", "deep")];
    expect(synced).toEqual(expect.arrayContaining([...files, ...folders]));
    expect(disk.calls.slice(place)).toContain(`sync ${parent}`);
  });

  it("leaves the old folder or the new one, whole, whichever call is the last that works", async () => {
    disk.calls.length = 0;
    await writeFolder(folder, first);
    await writeFolder(folder, second);
    const calls = disk.calls.length;
    let failures = 0;
    for (let working = 0; working < calls / 2 + 5; working++) {
      await rm(folder, { recursive: true, force: true });
      await writeFolder(folder, first);
      disk.callsLeft = working;
      const error = await writeFolder(folder, second).catch((cause: unknown) => cause);
      disk.callsLeft = Number.POSITIVE_INFINITY;
      if (error !== undefined) {
        failures++;
        expect(error).toMatchObject({ code: "FILE_UNWRITABLE", path: folder });
      }
      const read = async (name: string) => new TextDecoder().decode(await folderFiles(folder).read(name));
      const seen = await read("config.json");
      expect(["1", "2"]).toContain(seen);
      expect(await read("training/deep/state.json")).toBe(seen);
      await tidyFolder(parent);
      expect(await contents(folder)).toEqual(seen === "1" ? FIRST : SECOND);
      expect(await readdir(parent)).toEqual(["model"]);
    }
    expect(failures).toBeGreaterThan(5);
  });

  it("says that the disk is full, or that one may not write there", async () => {
    disk.callsLeft = 1;
    const full = await heedError(() => writeFolder(folder, first), "FILE_UNWRITABLE");
    expect(full.message).toBe(`${folder} cannot be written: the disk is full. Make room, and try again.`);
    expect((full.cause as NodeJS.ErrnoException).code).toBe("ENOSPC");
    disk.code = "EACCES";
    disk.callsLeft = 0;
    const locked = await heedError(() => replaceFile(join(folder, "x"), ""), "FILE_UNWRITABLE");
    expect(locked.message).toContain(": you may not write there. Change its permissions");
    expect(await readdir(parent)).toEqual([]);
  });

  it.each(["../x", "/x", "a\\x", "C:x", "", "training/../../x"])(
    "refuses %j as a name, and writes nothing",
    async (name) => {
      const error = await heedError(
        () =>
          writeFolder(
            folder,
            new Map([
              ["a", ""],
              [name, "x"],
            ]),
          ),
        "FILE_UNWRITABLE",
      );
      expect(error.message).toContain(JSON.stringify(name));
      expect(await readdir(parent)).toEqual([]);
    },
  );

  it("refuses to replace a folder that holds something else, or a file", async () => {
    await mkdir(join(folder, "notes"), { recursive: true });
    await writeFile(join(folder, "notes", "mine.txt"), "mine");
    const error = await heedError(() => writeFolder(folder, first), "FILE_UNWRITABLE");
    expect(error.message).toContain(`${folder} holds notes/mine.txt, which would be lost.`);
    expect(await contents(folder)).toEqual({ "notes/mine.txt": "mine" });
    const file = join(folder, "notes", "mine.txt");
    await heedError(() => writeFolder(file, first), "FILE_UNWRITABLE");
    await heedError(() => writeFolder(join(file, "model"), first), "FILE_UNWRITABLE");
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  it("clears away what a kill has left, before and after", async () => {
    await mkdir(join(parent, ".model.new"));
    await writeFile(join(parent, ".model.new", "half"), "");
    await writeFolder(folder, first);
    await rename(folder, join(parent, ".model.old"));
    await writeFolder(folder, second);
    expect(await contents(folder)).toEqual(SECOND);
    expect(await readdir(parent)).toEqual(["model"]);
  });
});

describe("tidyFolder", () => {
  it("ends interrupted writings of all folders in it, and touches nothing else", async () => {
    await writeFolder(join(parent, "a"), first);
    await rename(join(parent, "a"), join(parent, ".a.old"));
    await mkdir(join(parent, ".a.new"));
    await writeFolder(join(parent, "b"), second);
    await mkdir(join(parent, ".b.old"));
    await mkdir(join(parent, ".git"));
    await tidyFolder(parent);
    expect(await readdir(parent)).toEqual([".git", "a", "b"]);
    expect(await contents(join(parent, "a"))).toEqual(FIRST);
    await tidyFolder(join(parent, "none"));
  });
});

describe("replaceFile", () => {
  it("makes a file or replaces it, leaving nothing else", async () => {
    const path = join(parent, "new", "checkpoints.json");
    await replaceFile(path, "1");
    await replaceFile(path, new TextEncoder().encode("2"));
    expect(await contents(parent)).toEqual({ "new/checkpoints.json": "2" });
  });

  it("leaves the old file where it fails", async () => {
    const path = join(parent, "checkpoints.json");
    await replaceFile(path, "1");
    for (const working of [0, 1, 2]) {
      disk.callsLeft = working;
      const error = await heedError(() => replaceFile(path, "2"), "FILE_UNWRITABLE");
      disk.callsLeft = Number.POSITIVE_INFINITY;
      expect(error.path).toBe(path);
      expect(await contents(parent)).toEqual({ "checkpoints.json": "1" });
    }
    await heedError(() => replaceFile(parent, "x"), "FILE_UNWRITABLE");
  });
});

describe("folderFiles", () => {
  it("reads files, through links too, and undefined where there are none", async () => {
    await writeFolder(folder, first);
    await symlink(join(folder, "config.json"), join(folder, "link.json"));
    const files = folderFiles(folder);
    expect(files.location).toBe(folder);
    for (const name of ["config.json", "link.json", "training/deep/state.json"]) {
      expect(new TextDecoder().decode(await files.read(name))).toBe("1");
    }
    expect(await files.read("none")).toBeUndefined();
    expect(await files.read("config.json/x")).toBeUndefined();
    expect(await folderFiles(join(parent, "none")).read("config.json")).toBeUndefined();
  });

  it("reads nothing outside, and says what cannot be read", async () => {
    await writeFolder(folder, first);
    await writeFile(join(parent, "secret"), "x");
    await heedError(() => folderFiles(folder).read("../secret"), "FILE_UNREADABLE");
    const error = await heedError(() => folderFiles(folder).read("training"), "FILE_UNREADABLE");
    expect(error.path).toBe(join(folder, "training"));
  });
});
