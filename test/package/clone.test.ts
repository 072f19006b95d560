import { appendFileSync, cpSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { node } from "./run.ts";

const root = join(import.meta.dirname, "..", "..");
const clone = mkdtempSync(join(tmpdir(), "heed-clone-"));
const command = () => node(clone, "dist/cli.js", "help", "info");

/** The build and all that it is made of. */
const copied = ["dist", "src", "scripts", "package.json", "package-lock.json", "tsconfig.json", "tsdown.config.ts"];

beforeAll(() => {
  for (const name of copied) cpSync(join(root, name), join(clone, name), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

describe("the command in a clone", () => {
  it("has nothing to say of a build that is what the sources say, whenever they were written", async () => {
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(join(clone, "src/cli/commands/info.ts"), later, later);
    expect(await command()).toMatchObject({ code: 0, stderr: "" });
  });

  it("says that the sources changed since, and how to build them", async () => {
    appendFileSync(join(clone, "src/cli/commands/info.ts"), "// changed\n");
    const { code, stdout, stderr } = await command();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "The sources changed since this was built. To run what they say: npm run build\n",
    });
    expect(stdout).toContain("Usage: heed info");
  });
});
