import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, inject, it } from "vitest";
import { node } from "./run.ts";

const installed = inject("installed");
const root = join(import.meta.dirname, "..", "..");
const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };

/** Runs an example against the installed package. */
function run(name: string, edit: (source: string) => string = (source) => source, args: readonly string[] = []) {
  const source = readFileSync(join(root, "examples", `${name}.ts`), "utf8");
  writeFileSync(join(installed, `${name}.js`), ts.transpile(edit(source), options));
  return node(installed, `${name}.js`, ...args);
}

describe("the examples", () => {
  it("gradients: the line that the points lie on [cpu]", async () => {
    const { code, stdout, stderr } = await run("gradients");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\ny = (2\.0\d|1\.9\d) x \+ (1\.0\d|0\.9\d)\n$/);
  });

  it("inspect: the token that each head looks at, a line for each token written [cpu]", async () => {
    const folder = join(root, "test", "fixtures", "transformer", "decoding");
    const { code, stdout, stderr } = await run("inspect", undefined, [folder, "abc", "ab"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^decoder\.layers\.1\.crossAttention\.pattern\n(\S+ ← \S+ {2}\S+\n){2,}$/);
  });

  it("train-and-translate: scores of each epoch, and a translation with probabilities [cpu]", async () => {
    symlinkSync(join(root, "node_modules", "typescript"), join(installed, "node_modules", "typescript"), "junction");
    const short = (source: string) => source.replace("maxEpochs: 10", "maxEpochs: 1, maxSteps: 20");
    const { code, stdout, stderr } = await run("train-and-translate", short);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^epoch 1: BLEU \d+\.\d\n(\S+ [01]\.\d{3}\n)+$/);
  });

  it("train-own-family: scores, and a translation by the family that was registered [cpu]", async () => {
    const source = readFileSync(join(root, "examples", "own-family.ts"), "utf8");
    writeFileSync(join(installed, "own-family.js"), ts.transpile(source, options));
    const short = (source: string) =>
      source.replace("maxEpochs: 10", "maxEpochs: 1, maxSteps: 20").replace("./own-family.ts", "./own-family.js");
    const { code, stdout, stderr } = await run("train-own-family", short);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^epoch 1: BLEU \d+\.\d\nwords-and-places writes: /);
  });
});
