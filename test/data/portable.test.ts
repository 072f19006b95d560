import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Every module that a module imports for its values, however deep; packages by name. */
function reach(module: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(module.href)) return seen;
  seen.add(module.href);
  const code = readFileSync(fileURLToPath(module), "utf8");
  for (const [, clause, from] of code.matchAll(/^(?:im|ex)port (?!type )([^;]*?)\s*from "([^"]+)";/gms)) {
    if (/^\{(?:\s*type [^,}]+,?)*\s*\}$/.test(clause!)) continue;
    if (from!.startsWith(".")) reach(new URL(from!, module), seen);
    else seen.add(from!);
  }
  for (const [, from] of code.matchAll(/\bimport\s*\(?\s*["']([^"']+)["']/g)) seen.add(from!);
  return seen;
}

describe("portable.ts", () => {
  it("reaches nothing of Node", () => {
    const modules = [...reach(new URL("../../src/data/portable.ts", import.meta.url))];
    expect(modules.filter((module) => module.endsWith("batch.ts"))).toHaveLength(1);
    expect(modules.filter((module) => !module.startsWith("file:")).sort()).toEqual([
      "@exodus/bytes/encoding.js",
      "saxes",
      "zod",
    ]);
    const code = modules
      .filter((module) => module.startsWith("file:"))
      .map((url) => readFileSync(fileURLToPath(url), "utf8"));
    expect(code.join("\n")).not.toMatch(/\bBuffer\.|\bprocess\./);
  });
});
