import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import typedoc from "../../typedoc.json" with { type: "json" };

const root = join(import.meta.dirname, "..", "..");

/** The source of what an export is in Node.js, where it offers all that a browser has and more. */
function sourceOf(entry: string | { readonly default: { readonly types: string } }): string {
  const built = typeof entry === "string" ? entry : entry.default.types;
  return built.replace(/^\.\/dist\/(.*?)(?:\.d)?\.[jt]s$/, "src/$1.ts");
}

describe("the reference that `npm run docs` writes", () => {
  it("covers every entry of the package", () => {
    const { "./package.json": _, ...entries } = packageJson.exports;
    expect(typedoc.entryPoints).toEqual(Object.values(entries).map(sourceOf));
  });

  it("leaves nothing out that what it describes refers to", async () => {
    const program = join(root, "node_modules", "typedoc", "bin", "typedoc");
    const run = promisify(execFile)(process.execPath, [program, "--emit", "none"], { cwd: root });
    expect(await run).toEqual({ stdout: "", stderr: "" });
  });
});
