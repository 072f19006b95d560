import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, inject, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const project = join(root, "examples", "browser");
const folder = join(inject("installed"), "browser-types");
const { config } = ts.readConfigFile(join(project, "tsconfig.json"), ts.sys.readFile);

/** What the TypeScript compiler finds wrong with all pages, with the settings of a strict project of Vite. */
function compile(changes: object): string[] {
  const compilerOptions = { ...config.compilerOptions, types: [], ...changes };
  const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, compilerOptions }, ts.sys, folder);
  expect(fileNames.length).toBeGreaterThanOrEqual(5);
  return ts
    .getPreEmitDiagnostics(ts.createProgram(fileNames, options))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

describe("what the READMEs and the examples write for browsers", () => {
  beforeAll(() => {
    const pages = readdirSync(project).filter((name) => name.endsWith(".ts") && name !== "vite.config.ts");
    for (const name of pages) cpSync(join(project, name), join(folder, name));
    for (const readme of ["README.md", "README.zh-CN.md"]) {
      const blocks = readFileSync(join(root, readme), "utf8").matchAll(/```ts\n([^`]*)```/g);
      const lines = [...blocks].map(([, block]) => block!).filter((block) => block.includes("document."));
      expect(lines).toHaveLength(1);
      writeFileSync(join(folder, `${readme}.ts`), lines[0]!);
    }
  });

  it.each([
    { what: "as Vite's template has it" },
    { what: "as its older ones have it", lib: ["ES2022", "DOM", "DOM.Iterable"], target: "ES2022" },
    { what: "by the types of browsers alone", customConditions: ["browser"] },
    { what: "in every strict way", noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
  ])("compiles with the installed types, $what", ({ what: _, ...changes }) => {
    expect(compile(changes)).toEqual([]);
  });
});
