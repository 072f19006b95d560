import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { folderFiles, tidyFolder, writeFolder } from "../../src/hub/node.ts";

const script = fileURLToPath(new URL("kill-writer.ts", import.meta.url));
const parent = await mkdtemp(join(tmpdir(), "heed-kill-"));
const folder = join(parent, "model");
afterAll(() => rm(parent, { recursive: true, force: true }));

async function startWriter(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout!, "data");
  return child;
}

async function versionsOf(path: string): Promise<Set<string>> {
  const read = async (name: string) => new TextDecoder().decode(await folderFiles(path).read(name));
  return new Set(await Promise.all(["config.json", "training/a", "b"].map(read)));
}

describe("a process that is killed while it replaces a folder", () => {
  it("leaves the old folder or the new one, whole", async () => {
    await writeFolder(folder, new Map(["config.json", "training/a", "b"].map((name) => [name, "first"])));
    let interrupted = 0;
    for (let round = 0; round < 20 && interrupted < 2; round++) {
      const child = await startWriter();
      await sleep(5 + 40 * Math.random());
      child.kill("SIGKILL");
      await once(child, "exit");
      if ((await readdir(parent)).length > 1) interrupted++;
      const versions = await versionsOf(folder);
      expect(versions.size).toBe(1);
      expect([...versions][0]).toMatch(/^first$|^(\d+?)\1{4999}$/);
      await tidyFolder(parent);
      expect(await readdir(parent)).toEqual(["model"]);
      expect(await versionsOf(folder)).toEqual(versions);
    }
    expect(interrupted).toBe(2);
  });
});
