/** Heed's side of `bench train`. Usage: train-heed.ts JOB.json dropout|plain [PROFILE] */
import { input, program } from "../../src/graph/program.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { float32 } from "../../src/graph/tensor-data.ts";
import { type Model, transformer } from "../../src/models/index.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { sum } from "../../src/ops/reduce.ts";
import { Engine } from "../../src/runtime/engine.ts";
import { EngineRuntime } from "../../src/runtime/engine-runtime.ts";
import { type Batch, Learner, type LearnerSettings, trainSchema } from "../../src/train/index.ts";
import { peakBytes } from "../machine.ts";
import { serve } from "../peer.ts";
import { type Job, readBatches, readJson, readWeights } from "../train/job.ts";
import type { Product } from "../train/matmuls.ts";
import { timedBuild } from "../train/timed-build.ts";

/** FLOP/s of a product of two square matrices at its best. Several in one call hide the cost of calling. */
async function sgemmRate(runtime: Runtime, size: number): Promise<number> {
  const chained = 8;
  const type = { shape: [size, size], dtype: "float32" } as const;
  const [a, b] = [input("a", type), input("b", type)];
  let product = a;
  for (let i = 0; i < chained; i++) product = matmul(product, b, { alpha: 1 / size });
  await using executable = await runtime.compile(program("sgemm", { product }));
  const numbers = float32([size, size], Float32Array.from({ length: size * size }, Math.random));
  const seconds: number[] = [];
  for (let repetition = 0; repetition < 8; repetition++) {
    const start = performance.now();
    const outputs = await executable.run(new Map(Object.entries({ a: numbers, b: numbers })));
    seconds.push((performance.now() - start) / 1000);
    for (const value of outputs.values()) value.dispose();
  }
  return (chained * 2 * size ** 3) / Math.min(...seconds);
}

/** Runs a matrix product in a program of its own, for the profiler to see; only one number leaves the engine. */
async function runAlone(runtime: Runtime, { inputs, transA, transB }: Product): Promise<void> {
  const [a, b] = inputs.map((shape, i) => input("ab"[i]!, { shape, dtype: "float32" })) as [Tensor, Tensor];
  await using executable = await runtime.compile(program("alone", { sum: sum(matmul(a, b, { transA, transB })) }));
  const [x, y] = inputs.map((shape) => {
    const length = shape.reduce((size, dim) => size * dim, 1);
    return float32(shape, Float32Array.from({ length }, Math.random));
  });
  for (let repetition = 0; repetition < 6; repetition++) {
    const outputs = await executable.run(new Map(Object.entries({ a: x!, b: y! })));
    for (const value of outputs.values()) value.dispose();
  }
}

function settingsOf({ update }: Job): LearnerSettings {
  const { labelSmoothing, clipNorm, beta1, beta2, epsilon, weightDecay } = update;
  return trainSchema.parse({ labelSmoothing, clipNorm, optimizer: { beta1, beta2, epsilon, weightDecay } });
}

async function main(path: string, dropout: string, profile?: string): Promise<void> {
  const job = await readJson<Job>(path);
  const config = dropout === "dropout" ? job.config : { ...job.config, dropout: 0 };
  const model = { family: transformer, config, parameters: await readWeights(job.weights) } as unknown as Model;
  const batches = await readBatches(job.batches);
  const engine = await timedBuild(profile);
  const runtime = await EngineRuntime.start(new Engine("cpu", engine.build, { threads: job.threads }));
  const learner = await Learner.create(model, runtime, settingsOf(job));
  let step = 0;
  const update = (batch: Batch) => learner.update([batch], ++step, job.update.learningRate);

  await serve({
    async describe() {
      const count = [...model.parameters.values()].reduce((sum, { data }) => sum + data.length, 0);
      return { versions: { node: process.version }, settings: { threads: job.threads }, parameters: count };
    },
    async check() {
      const plain = { ...model, config: { ...config, dropout: 0 } };
      await using learner = await Learner.create(plain, runtime, settingsOf(job));
      const results = [];
      for (const [i, number] of job.checkedBatches.entries()) {
        results.push(await learner.update([batches[number]!], i + 1, job.update.learningRate));
      }
      return { losses: results.map(({ loss }) => loss), gradientNorms: results.map((result) => result.gradientNorm) };
    },
    async run() {
      const seconds: number[] = [];
      const before = engine.seconds();
      const cpuBefore = process.cpuUsage();
      for (const batch of batches) {
        const start = performance.now();
        await update(batch);
        seconds.push((performance.now() - start) / 1000);
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      return { seconds, cpuSeconds: (user + system) / 1e6, engineSeconds: engine.seconds() - before };
    },
    async finish() {
      return { peakBytes: await peakBytes(), sgemmFlops: await sgemmRate(runtime, job.sgemm) };
    },
    async alone({ products }: { products: readonly Product[] }) {
      for (const product of products) await runAlone(runtime, product);
      return {};
    },
    async endProfiling() {
      engine.endProfiling();
      return {};
    },
  });
}

await main(...(process.argv.slice(2) as [string, string, string?]));
