/** Prints the estimate of a program's memory and what it took. Usage: memory-process.ts train|read dModel dFf layers vocabSize batch source target */
import { readFileSync } from "node:fs";
import { prefillProgram } from "../../src/generate/decoding.ts";
import type { Program } from "../../src/graph/tensor.ts";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { compileModel } from "../../src/inference/forward.ts";
import { checkConfig, type Model, type ModelFamily, transformer } from "../../src/models/index.ts";
import { initialize } from "../../src/nn/index.ts";
import { fused } from "../../src/ops/fuse/index.ts";
import { peakBytes, planMemory } from "../../src/runtime/memory.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Learner, trainSchema } from "../../src/train/index.ts";
import { stepProgram } from "../../src/train/programs.ts";

const [what, ...sizesGiven] = process.argv.slice(2);
const numbers = sizesGiven.map(Number) as [number, number, number, number, number, number, number];
const [dModel, dFf, layers, vocabSize, batch, source, target] = numbers;
const family = transformer as unknown as ModelFamily;
const sizes = { dModel, encoderFfnDim: dFf, decoderFfnDim: dFf, encoderLayers: layers, decoderLayers: layers };
const ids = { vocabSize, padTokenId: vocabSize - 1, eosTokenId: 0, decoderStartTokenId: vocabSize - 1 };
const config = checkConfig(family, { ...sizes, ...ids }, "model");
const parameters = flattenTree<TensorData<"float32">>(initialize(family.spec(config), 1) as never);
const model = { family, config, parameters } as Model;
const runtime = await nativeRuntime();
const token = (i: number) => 1 + (i % (vocabSize - 2));
const matrix = (rows: number, columns: number, fill: (i: number) => number) =>
  int32(
    [rows, columns],
    Int32Array.from({ length: rows * columns }, (_, i) => fill(i)),
  );

/** A program, and a call of it. */
interface Measured {
  readonly program: Program;
  run(rows: number, source: number, target: number): Promise<unknown>;
}

async function trainingStep(): Promise<Measured> {
  const settings = trainSchema.parse({});
  const learner = await Learner.create(model, runtime, settings);
  let step = 0;
  const run = (rows: number, source: number, target: number) => {
    const [inputIds, decoderInputIds] = [matrix(rows, source, token), matrix(rows, target, token)];
    const inputs = { inputIds, attentionMask: matrix(rows, source, () => 1), decoderInputIds };
    const batch = { inputs, labels: decoderInputIds, targetTokens: rows * target, tokens: rows * (source + target) };
    return learner.update([batch], ++step, 1e-4);
  };
  return { program: await stepProgram(family, config, settings, false), run };
}

async function reading(): Promise<Measured> {
  const program = await fused(prefillProgram(model)!, "cpu");
  const executable = await compileModel(runtime, model, program);
  const run = async (rows: number, source: number) => {
    const inputs = { inputIds: matrix(rows, source, token), attentionMask: matrix(rows, source, () => 1) };
    const values = await executable.run(new Map(Object.entries(inputs)));
    for (const value of values.values()) value.dispose();
  };
  return { program, run };
}

const { program, run } = await (what === "train" ? trainingStep() : reading());
// The first call makes the program, which is no part of what a call takes.
await run(1, 1, 1);
const before = resident("VmRSS");
for (let i = 0; i < 3; i++) await run(batch, source, target);
const measured = resident("VmHWM") - before;
const bindings = Object.entries({ batch, source, target }).map(([name, size]) => [name, { size, input: "" }] as const);
const estimate = peakBytes(await planMemory(program), new Map(bindings));
process.stdout.write(JSON.stringify({ estimate, measured }));

/** Bytes, as Linux counts them. */
function resident(what: "VmRSS" | "VmHWM"): number {
  return Number(new RegExp(`${what}:\\s*(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
}
