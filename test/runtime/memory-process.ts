/** Prints the estimate of a training step's memory and what it took. Usage: memory-process.ts dModel dFf layers vocabSize batch source target */
import { readFileSync } from "node:fs";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { checkConfig, type Model, type ModelFamily, transformer } from "../../src/models/index.ts";
import { initialize } from "../../src/nn/index.ts";
import { peakBytes, planMemory } from "../../src/runtime/memory.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Learner, trainSchema } from "../../src/train/index.ts";
import { stepProgram } from "../../src/train/programs.ts";

const numbers = process.argv.slice(2).map(Number) as [number, number, number, number, number, number, number];
const [dModel, dFf, layers, vocabSize, batch, source, target] = numbers;
const family = transformer as unknown as ModelFamily;
const sizes = { dModel, encoderFfnDim: dFf, decoderFfnDim: dFf, encoderLayers: layers, decoderLayers: layers };
const ids = { vocabSize, padTokenId: vocabSize - 1, eosTokenId: 0, decoderStartTokenId: vocabSize - 1 };
const config = checkConfig(family, { ...sizes, ...ids }, "model");
const parameters = flattenTree<TensorData<"float32">>(initialize(family.spec(config), 1) as never);
const settings = trainSchema.parse({});
const runtime = await nativeRuntime();
const learner = await Learner.create({ family, config, parameters } as Model, runtime, settings);
const token = (i: number) => 1 + (i % (vocabSize - 2));
const matrix = (rows: number, columns: number, fill: (i: number) => number) =>
  int32(
    [rows, columns],
    Int32Array.from({ length: rows * columns }, (_, i) => fill(i)),
  );
const batchOf = (rows: number, source: number, target: number) => {
  const [inputIds, decoderInputIds] = [matrix(rows, source, token), matrix(rows, target, token)];
  const inputs = { inputIds, attentionMask: matrix(rows, source, () => 1), decoderInputIds };
  return { inputs, labels: decoderInputIds, targetTokens: rows * target, tokens: rows * (source + target) };
};
// The first step makes the program, which is no part of what a call takes.
await learner.update([batchOf(1, 1, 1)], 1, 1e-4);
const before = resident("VmRSS");
for (let step = 2; step <= 4; step++) await learner.update([batchOf(batch, source, target)], step, 1e-4);
const measured = resident("VmHWM") - before;
const bindings = Object.entries({ batch, source, target }).map(([name, size]) => [name, { size, input: "" }] as const);
const estimate = peakBytes(planMemory(stepProgram(family, config, settings, false)), new Map(bindings));
process.stdout.write(JSON.stringify({ estimate, measured }));

/** Bytes, as Linux counts them. */
function resident(what: "VmRSS" | "VmHWM"): number {
  return Number(new RegExp(`${what}:\\s*(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
}
