import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import lock from "../../package-lock.json" with { type: "json" };

const root = join(import.meta.dirname, "..", "..");
const INSTALL = ["preinstall", "install", "postinstall"];

/** The installed packages that have something to run when they are installed. */
function withInstallScript(): string[] {
  const folders = Object.keys(lock.packages).filter((path) => path !== "" && existsSync(join(root, path)));
  return folders
    .map((path) => JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")))
    .filter(({ scripts = {} }) => INSTALL.some((name) => name in scripts))
    .map(({ name }) => name);
}

describe("the installation of a clone", () => {
  it("runs no package's script, by the word of package.json that npm 11 reads", () => {
    expect(withInstallScript()).toContain("onnxruntime-node");
    expect(Object.entries(packageJson.allowScripts).filter(([, allowed]) => allowed)).toEqual([]);
    expect(Object.keys(packageJson.allowScripts)).toEqual(expect.arrayContaining(withInstallScript()));
  });

  it("runs no package's script, by the lock that npm 10 goes by", () => {
    const marked = Object.entries(lock.packages).filter(([, entry]) => "hasInstallScript" in entry);
    expect(marked.map(([path]) => path)).toEqual([]);
  });

  it.each([".", "bench/requirements"])("has no setting in %s that npm warns about", async (folder) => {
    const windows = process.platform === "win32";
    const { stderr } = await promisify(execFile)("npm", ["prefix"], { cwd: join(root, folder), shell: windows });
    expect(stderr).not.toContain("project config");
  });
});
