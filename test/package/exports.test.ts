import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, inject, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { node } from "./run.ts";

const installed = inject("installed");
const subpaths = Object.keys(packageJson.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(/^\./, "heed"));

/** The names that each path offers, types included, under Node or in a browser: "heed/text: learnBpe". */
function exportsUnder(condition: "node" | "browser"): string[] {
  const entry = join(installed, "exports.ts");
  writeFileSync(entry, subpaths.map((path, i) => `import * as m${i} from "${path}";`).join("\n"));
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: [condition],
    noEmit: true,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  return program
    .getSourceFile(entry)!
    .statements.filter(ts.isImportDeclaration)
    .flatMap(({ moduleSpecifier }) => {
      const symbol = checker.getSymbolAtLocation(moduleSpecifier)!;
      const path = (moduleSpecifier as ts.StringLiteral).text;
      return checker.getExportsOfModule(symbol).map((exported) => `${path}: ${describeExport(checker, exported)}`);
    })
    .sort();
}

function describeExport(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const typeOnly = symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) ?? false;
  return target.flags & ts.SymbolFlags.Value && !typeOnly ? symbol.name : `type ${symbol.name}`;
}

describe("the public exports", () => {
  it("are those of the list", async () => {
    const [inNode, inBrowser] = [exportsUnder("node"), exportsUnder("browser")];
    const lines = [...new Set([...inNode, ...inBrowser])].sort().map((line) => {
      if (!inNode.includes(line)) return `${line} (browser)`;
      return inBrowser.includes(line) ? line : `${line} (Node.js)`;
    });
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("public-exports.txt");
  });

  it("are there at run time, as the types say", async () => {
    const script = `for (const path of ${JSON.stringify(subpaths)})
      for (const name of Object.keys(await import(path))) console.log(path + ": " + name);`;
    const { stdout, stderr } = await node(installed, "--input-type=module", "--eval", script);
    expect(stderr).toBe("");
    const values = exportsUnder("node").filter((line) => !line.includes(": type "));
    expect(stdout.trim().split("\n").sort()).toEqual(values);
  });
});
