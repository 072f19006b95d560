import { describe, expect, it } from "vitest";
import { float32, TensorData } from "../../src/graph/tensor-data.ts";
import { memoryFiles } from "../../src/hub/files.ts";
import { encodeSafetensors } from "../../src/hub/safetensors.ts";
import { openWeights } from "../../src/hub/weight-files.ts";
import { Weights } from "../../src/hub/weights.ts";
import { heedError } from "./errors.ts";

const one = float32([1], [1]);

async function weightsOf(tensors: Readonly<Record<string, TensorData>>): Promise<Weights> {
  const bytes = await encodeSafetensors(new Map(Object.entries(tensors)));
  return new Weights((await openWeights(memoryFiles(new Map([["model.safetensors", bytes]]), "folder")))!);
}

describe("weights", () => {
  it("are there until they are taken", async () => {
    const weights = await weightsOf({ a: one, b: float32([1], [2]) });
    expect([weights.names(), weights.has("a"), weights.has("c")]).toEqual([["a", "b"], true, false]);
    expect(await weights.take("a", [1])).toEqual(one);
    expect([weights.names(), weights.has("a"), weights.typeOf("a")]).toEqual([["b"], false, undefined]);
    await heedError(() => weights.take("a", [1]), "FORMAT_INVALID");
    await heedError(() => weights.finish(), "FORMAT_INVALID");
    await weights.take("b", [1]);
    weights.finish();
  });

  it("are found under the names that are expected", async () => {
    const weights = await weightsOf({ "h.0.ln.gamma": one, "transformer.h.0.ln.bias": one, "lm_head.weight": one });
    weights.alias((name) => name.replace(/\.gamma$/, ".weight").replace(/^h\./, "transformer.h."));
    expect(new Set(weights.names())).toEqual(
      new Set(["transformer.h.0.ln.weight", "transformer.h.0.ln.bias", "lm_head.weight"]),
    );
    const error = await heedError(() => weights.take("transformer.h.0.ln.weight", [2]), "SHAPE_MISMATCH");
    expect(error.message).toContain('the tensor "h.0.ln.gamma" has shape [1]');
  });

  it("of which two would have one name are refused", async () => {
    const weights = await weightsOf({ "ln.gamma": one, "ln.weight": one });
    const error = await heedError(() => weights.alias((name) => name.replace("gamma", "weight")), "FORMAT_INVALID");
    expect(error.message).toBe(
      'folder/model.safetensors has the tensors "ln.gamma" and "ln.weight", which are two names of the same one. Remove one of them.',
    );
  });

  it("that are ignored are not read, and need not be taken", async () => {
    const nan = float32([1], [Number.NaN]);
    const weights = await weightsOf({ "layers.0.inv_freq": nan, "layers.1.inv_freq": nan, inv_frequency: one });
    weights.ignore(/\.inv_freq$/g);
    expect(weights.names()).toEqual(["inv_frequency"]);
  });

  it.each([
    ["NaN", float32([2, 3], [1, 2, Number.NaN, 4, 5, 6])],
    ["an infinite number", float32([2, 3], [1, 2, 3, 4, 5, Number.NEGATIVE_INFINITY])],
    ["a number beyond float32", new TensorData("float64", [2, 3], Float64Array.of(1, 2, 1e300, 4, 5, 6))],
  ])("with %s are refused", async (_, tensor) => {
    const weights = await weightsOf({ sound: float32([2], [3.4e38, -3.4e38]), "a.b": tensor });
    await weights.take("sound", [2]);
    const error = await heedError(() => weights.take("a.b", [2, 3]), "FORMAT_INVALID");
    expect(error.message).toContain('folder/model.safetensors: the tensor "a.b" holds NaN or an infinite number');
    expect(error.message).toContain("torch.isfinite");
  });
});
