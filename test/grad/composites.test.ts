import { describe, expect, it } from "vitest";
import { expectClose } from "../ops/close.ts";
import * as differences from "../ops/finite-differences.ts";
import * as pytorch from "../ops/pytorch.ts";
import { evaluate, runtime } from "../ops/run.ts";
import { feedsOf, gradientsProgram, trace, valuesProgram } from "../ops/trace.ts";
import { composites } from "./composites.ts";

/** They contain an op without a float64 kernel, or (silu) one which ONNX Runtime replaces by such an op. */
const withoutFloat64 = ["gelu", "silu", "feed forward"];

describe("values of functions composed of ops equal PyTorch's", () => {
  it.each(composites)("$name", (sample) => pytorch.checkValues(sample));
});

describe("gradients of functions composed of ops equal PyTorch's", () => {
  it.each(composites)("$name", (sample) => pytorch.checkGradients(sample));
});

describe("gradients of functions composed of ops equal finite differences", () => {
  it.each(composites.filter(({ op }) => !withoutFloat64.includes(op)))("$name", (sample) =>
    differences.checkGradients(sample, "float64"),
  );
});

describe("functions composed of ops over symbols equal those over numbers", () => {
  it.each(composites)("$name", async (sample) => {
    const feeds = feedsOf(sample, "float32");
    const expected = await evaluate(gradientsProgram(trace(sample, "float32", "numbers")), feeds);
    const actual = await evaluate(gradientsProgram(trace(sample, "float32", "symbols")), feeds);
    for (const [name, { data }] of expected) expectClose(name, actual.get(name)!.data, data, 1e-6);
  });
});

describe("float64", () => {
  it("has kernels for all but those listed", async () => {
    const lost: string[] = [];
    for (const sample of composites) {
      const traced = trace(sample, "float64", "numbers");
      const loading = [valuesProgram(traced), gradientsProgram(traced)].map((closed) => runtime.compile(closed));
      const loaded = await Promise.allSettled(loading);
      if (loaded.some(({ status }) => status === "rejected")) lost.push(sample.op);
      for (const result of loaded) if (result.status === "fulfilled") await result.value.dispose();
    }
    expect(lost).toEqual(withoutFloat64);
  });
});
