import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Feeds, float32, type Program, type Runtime, TensorData } from "../../src/graph/index.ts";
import { registry } from "../../src/ops/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { feedsOf } from "../ops/trace.ts";
import { runtimeContract } from "./contract/index.ts";
import { enableWebGpu, noWebGpu } from "./devices.ts";
import { gpuSamples, sampleProgram } from "./op-programs.ts";
import { heavyOnCpu, placements } from "./placements.ts";
import { trainingStep } from "./training-step.ts";

describe.skipIf(noWebGpu !== undefined)(
  `native WebGPU [webgpu]${noWebGpu === undefined ? "" : ` (${noWebGpu})`}`,
  () => {
    enableWebGpu();
    const create = () => nativeRuntime({ device: "webgpu" });
    runtimeContract(create);

    let runtimes: readonly Runtime[];
    beforeAll(async () => {
      runtimes = [await nativeRuntime({ device: "cpu" }), await create()];
    });
    afterAll(() => Promise.all(runtimes.map((runtime) => runtime.dispose())));

    it.each([...registry.keys()])("gives the numbers of the CPU: %s", async (op) => {
      const samples = gpuSamples.filter((sample) => sample.op === op);
      expect(samples).not.toEqual([]);
      for (const sample of samples) await expectSame(sampleProgram(sample), feedsOf(sample, "float32"));
    });

    it("trains as the CPU does", async () => {
      const step = trainingStep();
      const known = {
        inputIds: [1, 2, 3, 4, 5, 6],
        labels: [2, 3, -100, 5, 6, -100],
        attentionMask: [1, 1, 0, 1, 1, 1],
      };
      const feeds = new Map<string, TensorData>();
      for (const [i, { name, shape, dtype, random }] of step.inputs.entries()) {
        if (random !== undefined) continue;
        const sizes = shape.map((dim) => (typeof dim === "number" ? dim : dim.key === "batch" ? 2 : 3));
        const size = sizes.reduce((a, b) => a * b, 1);
        const numbers = known[name as keyof typeof known];
        if (dtype === "int32") feeds.set(name, new TensorData("int32", sizes, Int32Array.from(numbers)));
        else if (dtype === "bool") feeds.set(name, new TensorData("bool", sizes, Uint8Array.from(numbers)));
        else
          feeds.set(
            name,
            float32(
              sizes,
              Array.from({ length: size }, (_, j) => initial(name, i + j)),
            ),
          );
      }
      await expectSame(step, feeds);
    });

    it("places a training step on the GPU, but for arithmetic on shapes", async () => {
      const placed = await placements(new URL("./training-step.ts", import.meta.url));
      const placement = placed.get("training step")!;
      expect(placement.get("WebGpuExecutionProvider")!.length).toBeGreaterThan(100);
      expect(heavyOnCpu(placement)).toEqual([]);
    });

    it("places every op on the GPU, but for loops, which the CPU controls, and what is never fused there", async () => {
      const placed = await placements(new URL("./op-programs.ts", import.meta.url));
      expect([...placed.keys()].sort()).toEqual(gpuSamples.map(({ name }) => name).sort());
      for (const [name, placement] of placed) {
        if (name.startsWith("attendHeads:")) continue;
        expect(placement.has("WebGpuExecutionProvider") || name.startsWith("range"), name).toBe(true);
        if (name.startsWith("loop")) continue;
        expect(heavyOnCpu(placement), name).toEqual([]);
      }
    });

    async function expectSame(program: Program, feeds: Feeds): Promise<void> {
      const [expected, found] = await Promise.all(runtimes.map((runtime) => evaluate(runtime, program, feeds)));
      for (const [name, tensor] of expected!) {
        expect(found!.get(name)!.shape, `${program.name}: ${name}`).toEqual(tensor.shape);
        const numbers = Array.from(tensor.data, Number);
        const scale = Math.max(1, ...numbers.map(Math.abs));
        for (const [i, value] of numbers.entries()) {
          const error = Math.abs(Number(found!.get(name)!.data[i]) - value) / scale;
          expect(error, `${program.name}: ${name}[${i}]`).toBeLessThan(2e-5);
        }
      }
    }
  },
);

async function evaluate(runtime: Runtime, program: Program, feeds: Feeds): Promise<Map<string, TensorData>> {
  await using executable = await runtime.compile(program);
  const values = await executable.run(feeds, { random: { seed: 1, step: 2, microBatch: 0 } });
  const read = new Map<string, TensorData>();
  for (const [name, value] of values) {
    read.set(name, await value.read());
    value.dispose();
  }
  return read;
}

/** Second moments are not negative; the rest is any small numbers. */
function initial(name: string, i: number): number {
  return name.startsWith("v.") ? 0.1 + 0.05 * Math.sin(i) : 0.3 * Math.sin(1.7 * i) + (name === "scale" ? 1 : 0);
}
