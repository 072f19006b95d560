import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { registry } from "../../src/ops/index.ts";
import * as differences from "./finite-differences.ts";
import { notDifferentiated, withGradientOfItsOwn, withoutFloat64, withoutGradient } from "./ops.ts";
import * as pytorch from "./pytorch.ts";
import { evaluate, runtime } from "./run.ts";
import { samples } from "./samples/index.ts";
import type { Sample } from "./samples/sample.ts";
import { feedsOf, gradientsProgram, isFloat, trace } from "./trace.ts";

const samplesOf = (ops: readonly string[]) => samples.filter(({ op }) => ops.includes(op));
const differentiable = [...registry.keys()].filter(
  (op) => !withoutGradient.includes(op) && !notDifferentiated.includes(op),
);

describe("every op", () => {
  it.each([...registry.keys()])("%s has samples", (op) => {
    expect(samplesOf([op]), `add samples of "${op}" to test/ops/samples`).not.toEqual([]);
  });

  it.each(differentiable)("%s is differentiated in some sample", (op) => {
    expect(samplesOf([op]).some(hasGradient), `"${op}" needs a sample with floats in and out`).toBe(true);
  });

  it("has samples of different names", () => {
    expect(new Set(samples.map(({ name }) => name)).size).toBe(samples.length);
  });
});

describe("gradients equal finite differences", () => {
  const samples = samplesOf(differentiable).filter(({ op }) => !withGradientOfItsOwn.includes(op));
  it.each(samples.filter(hasGradient))("$name", (sample) =>
    differences.checkGradients(sample, withoutFloat64.includes(sample.op) ? "float32" : "float64"),
  );
});

describe("gradients equal PyTorch's", () => {
  it.each(samplesOf(differentiable).filter(hasGradient))("$name", (sample) => pytorch.checkGradients(sample));
});

describe("no gradient flows through", () => {
  it.each(samplesOf(withoutGradient))("$name", async (sample) => {
    const { inputs } = trace(sample, "float32", "numbers");
    const results = await evaluate(gradientsProgram(trace(sample, "float32", "numbers")), feedsOf(sample, "float32"));
    for (const [i, x] of inputs.entries()) {
      if (isFloat(x)) expect(Array.from(results.get(`d${i}`)!.data, Number).every((d) => d === 0)).toBe(true);
    }
  });
});

describe("refuses to be differentiated", () => {
  it.each(samplesOf(notDifferentiated))("$name", (sample) => {
    expect(() => gradientsProgram(trace(sample, "float32", "numbers"))).toThrow(HeedError);
  });
});

describe("float64", () => {
  it("has kernels for all ops but those listed", async () => {
    const lost = new Set<string>();
    for (const sample of samplesOf(differentiable).filter(hasGradient)) {
      const loading = runtime.compile(gradientsProgram(trace(sample, "float64", "numbers")));
      await loading.then(
        (loaded) => loaded.dispose(),
        () => lost.add(sample.op),
      );
    }
    expect([...lost].sort()).toEqual(withoutFloat64);
  });
});

function hasGradient(sample: Sample): boolean {
  const { inputs, differentiable } = trace(sample, "float32", "numbers");
  return inputs.some(isFloat) && differentiable.length > 0;
}
