import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { node } from "./run.ts";

const root = join(import.meta.dirname, "..", "..");
const installed = inject("installed");
const tarball = inject("tarball");
const folder = join(installed, "node_modules", "heed");
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

/** All that users get: what is built, its types, the schema that editors read, and the documents of the package. */
const expected = [
  /^dist\/.+\.js$/,
  /^dist\/.+\.d\.ts$/,
  /^dist\/cli\/licenses\.txt$/,
  /^schema\/heed\.schema\.json$/,
  /^(README|README\.zh-CN|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^package\.json$/,
];

describe("the package", () => {
  it("holds what is built and its documents, and nothing else", () => {
    const names = files.map((file) => file.slice(folder.length + 1).replaceAll("\\", "/"));
    expect(names.filter((name) => !expected.some((pattern) => pattern.test(name)))).toEqual([]);
    for (const pattern of expected) expect(names.filter((name) => pattern.test(name))).not.toEqual([]);
  });

  it("is small", () => {
    expect(statSync(tarball).size / 2 ** 20).toBeLessThan(1.1);
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0) / 2 ** 20).toBeLessThan(4.5);
  });

  it("names no path of the machine that it was built on", () => {
    expect(files.filter((file) => readFileSync(file, "utf8").includes(root))).toEqual([]);
  });

  it("has no fault that publint knows", async () => {
    const publint = join(root, "node_modules", "publint", "src", "cli.js");
    expect(await node(root, publint, "run", tarball, "--strict")).toMatchObject({ code: 0 });
  });

  it("has types that resolve wherever they are imported", async () => {
    const attw = join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
    expect(await node(root, attw, tarball, "--profile", "esm-only", "--no-color")).toMatchObject({ code: 0 });
  });
});
