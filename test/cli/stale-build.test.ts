import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildCommand, hashSources, isStale, STAMP } from "../../src/cli/stale-build.ts";

let root: string;

const write = (name: string, text: string) => writeFileSync(join(root, name), text);
const build = () => write(`dist/${STAMP}`, hashSources(root));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "heed-clone-"));
  for (const folder of ["dist", "src/cli"]) mkdirSync(join(root, folder), { recursive: true });
  write("package.json", "{}");
  write("src/index.ts", "export {};\n");
  write("src/cli/main.ts", "// the command\n");
  build();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("a build", () => {
  it("is what the sources say", () => expect(isStale(root)).toBe(false));

  it("stays so where git only set the times, or an editor left files of its own", () => {
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(join(root, "src/cli/main.ts"), later, later);
    write("src/cli/.main.ts.swp", "");
    write("src/.#index.ts", "");
    expect(isStale(root)).toBe(false);
  });

  const changes: Readonly<Record<string, () => void>> = {
    "changes, if to a text of the same length": () => write("src/cli/main.ts", "// THE command\n"),
    "come to be": () => write("src/cli/more.ts", ""),
    "get another name": () => renameSync(join(root, "src/cli/main.ts"), join(root, "src/cli/entry.ts")),
    "ask for other packages": () => write("package-lock.json", "{}"),
  };
  it.each(Object.keys(changes))("is stale once sources %s, until they are built", (name) => {
    changes[name]!();
    expect(isStale(root)).toBe(true);
    build();
    expect(isStale(root)).toBe(false);
  });

  it("that did not come to its end is stale", () => {
    rmSync(join(root, "dist", STAMP));
    expect(isStale(root)).toBe(true);
  });

  it("without sources beside it is never stale: so it is installed", () => {
    rmSync(join(root, "src"), { recursive: true });
    rmSync(join(root, "dist", STAMP));
    expect(isStale(root)).toBe(false);
  });

  it("is made anew by a command that suits the folder one is in", () => {
    expect(buildCommand(root, root)).toBe("npm run build");
    expect(buildCommand(root, join(root, "src"))).toBe("npm run build");
    expect(buildCommand(root, tmpdir())).toBe(`npm --prefix ${root} run build`);
  });
});
