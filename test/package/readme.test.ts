import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { node } from "./run.ts";

const installed = inject("installed");
const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
const [example = ""] = examples;
/** All but the one for pages, in which folders of Hugging Face's are opened. */
const compiled = examples.filter((code) => !code.includes("document."));
const files = compiled.map((_, i) => join(installed, `example-${i}.ts`));

/** Each way of resolving; the types of all packages are checked in one of them, which takes long. */
const resolutions = [
  { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: false },
  { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true },
];

/** What the TypeScript compiler finds wrong, with the settings of a new project. */
function compile(options: ts.CompilerOptions): string[] {
  const lib = ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"];
  const settings = { target: ts.ScriptTarget.ES2023, lib, strict: true, noEmit: true, types: [], ...options };
  return ts
    .getPreEmitDiagnostics(ts.createProgram(files, settings))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

/** What the example's recipe leaves to the defaults. */
const tiny = { modelType: "transformer", dModel: 32, encoderFfnDim: 32, decoderFfnDim: 32, maxPositionEmbeddings: 64 };

/** Numbers and what they are called in English and French, digit by digit. */
function numberPairs(count: number): string {
  const english = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  const french = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"];
  const say = (words: readonly string[], n: number) => Array.from(String(n), (digit) => words[Number(digit)]).join(" ");
  return Array.from({ length: count }, (_, i) => `${say(english, 7 * i)}\t${say(french, 7 * i)}\n`).join("");
}

describe("the README's examples", () => {
  beforeAll(() => {
    writeFileSync(join(installed, "pairs.tsv"), numberPairs(300));
    for (const [i, code] of compiled.entries()) writeFileSync(files[i]!, code);
  });

  it.each(resolutions)("compile with the installed types (%o)", (options) => {
    expect(compile(options)).toEqual([]);
  });

  it("train a translator, load it and translate [cpu]", async () => {
    const short = example.replace(
      "defineConfig({",
      `defineConfig({ train: { maxEpochs: 2 }, model: ${JSON.stringify(tiny)},`,
    );
    expect(short).not.toBe(example);
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    writeFileSync(join(installed, "example.js"), ts.transpile(short, options));
    const { code, stdout, stderr } = await node(installed, "example.js");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^1 [\d.]+\n2 [\d.]+\n.*\n$/);
  });
});
