import { describe, it } from "vitest";
import { expectClose } from "../ops/close.ts";
import * as differences from "../ops/finite-differences.ts";
import * as pytorch from "../ops/pytorch.ts";
import { evaluate } from "../ops/run.ts";
import { feedsOf, gradientsProgram, trace } from "../ops/trace.ts";
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
