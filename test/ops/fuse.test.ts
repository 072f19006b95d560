import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatProgram } from "../../src/graph/print.ts";
import { program } from "../../src/graph/program.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { Program } from "../../src/graph/tensor.ts";
import { dataAs } from "../../src/graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../../src/inference/forward.ts";
import { teacherForced } from "../../src/inference/sequences.ts";
import { fused } from "../../src/ops/fuse/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { trainSchema } from "../../src/train/index.ts";
import { stepProgram } from "../../src/train/programs.ts";
import { randomSequences, smallTransformer } from "../generate/models.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime();
});
afterAll(() => runtime.dispose());

const count = (closed: Program, op: string) => formatProgram(closed).match(new RegExp(`= ${op}\\(`, "g"))?.length ?? 0;

describe.each([false, true])("fused (pre-norm: %s)", (normalizeBefore) => {
  const model = smallTransformer({ encoderLayers: 3, normalizeBefore });
  const feeds = new Map(
    Object.entries(teacherForced(randomSequences([7, 3]), randomSequences([4, 6], 2), model.config)),
  );
  const read = async (closed: Program) => {
    await using executable = await compileModel(runtime, model, closed);
    return runAndRead(executable, feeds);
  };

  it("gives the same numbers by fewer kernels", async () => {
    const { logits } = traceForward(model);
    const plain = program("plain", { logits });
    const fewer = await fused(plain, "cpu");
    expect([count(plain, "softmax"), count(fewer, "softmax")]).toEqual([7, 0]);
    expect([count(fewer, "attend"), count(fewer, "attendHeads")]).toEqual([5, 2]);
    const [expected, found] = [(await read(plain)).get("logits")!, (await read(fewer)).get("logits")!];
    expect(worst(dataAs(expected, "float32"), dataAs(found, "float32"))).toBeLessThan(1e-5);
  });

  it("takes no kernel that a GPU lacks", async () => {
    const { logits } = traceForward(model);
    const fewer = await fused(program("plain", { logits }), "webgpu");
    expect([count(fewer, "attend"), count(fewer, "attendHeads")]).toEqual([5, 0]);
  });

  it("leaves what is asked for within", async () => {
    const name = "encoder.layers.1.selfAttention.pattern";
    const { logits, recorded } = traceForward(model, (path) => path === name);
    const plain = program("plain", new Map([["logits", logits], ...recorded]));
    const fewer = await fused(plain, "cpu");
    expect(count(fewer, "attend")).toBe(4);
    const [expected, found] = [(await read(plain)).get(name)!, (await read(fewer)).get(name)!];
    expect(worst(dataAs(expected, "float32"), dataAs(found, "float32"))).toBeLessThan(1e-5);
  });

  it("leaves a training step its ops, whose insides the gradient needs", async () => {
    const step = await stepProgram(model.family, model.config, trainSchema.parse({ maxSteps: 1 }), false);
    const now = await fused(step, "cpu");
    expect(formatProgram(now)).not.toMatch(/attend|addLayerNorm/);
    expect(count(now, "softmax")).toBe(count(step, "softmax"));
  });
});

function worst(expected: Float32Array, found: Float32Array): number {
  return expected.reduce((most, x, i) => Math.max(most, Math.abs(x - found[i]!) / Math.max(1, Math.abs(x))), 0);
}
