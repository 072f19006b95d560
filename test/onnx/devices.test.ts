import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { type Device, type DType, float32, input, type Program, program, TensorData } from "../../src/graph/index.ts";
import { lower, outputName } from "../../src/onnx/index.ts";
import { cos, sin } from "../../src/ops/index.ts";
import { composites } from "../grad/composites.ts";
import { notDifferentiated, withoutGradient } from "../ops/ops.ts";
import { checkGradients, checkValues } from "../ops/pytorch.ts";
import { samples } from "../ops/samples/index.ts";

/** Ops whose lowering asks for the device. */
const lowered = [
  ...samples.filter(({ op }) =>
    [
      "matmul",
      "sin",
      "cos",
      "softmax",
      "logSoftmax",
      "crossEntropy",
      "crossEntropyGrad",
      "projectedCrossEntropy",
      "projectedRDrop",
    ].includes(op),
  ),
  ...composites,
];
const differentiable = lowered.filter(({ op }) => ![...withoutGradient, ...notDifferentiated].includes(op));

describe.each(["wasm", "webgpu"] as const)(
  "what is lowered for %s, computed on the CPU, gives PyTorch's numbers",
  (device) => {
    it.each(lowered)("values: $name", (sample) => checkValues(sample, loweredFor(device)));
    it.each(differentiable)("gradients: $name", (sample) => checkGradients(sample, loweredFor(device)));
  },
);

describe("sine and cosine for webgpu, computed on the CPU", () => {
  it.each([
    [10, 2e-7],
    [25_000, 4e-7],
    [130_000, 4e-6],
  ])("are those of JavaScript up to %d, as far as positions of a text turn", async (most, tolerance) => {
    const angles = Float32Array.from({ length: 10_001 }, (_, i) => (i / 5000 - 1) * most);
    const x = input("x", { shape: [angles.length], dtype: "float32" });
    const turned = program("turned", { sin: sin(x), cos: cos(x) });
    const found = await loweredFor("webgpu")(turned, new Map([["x", float32([angles.length], angles)]]));
    const furthest = (name: "sin" | "cos") =>
      angles.reduce(
        (far, angle, i) => Math.max(far, Math.abs(Number(found.get(name)!.data[i]) - Math[name](angle))),
        0,
      );
    expect(furthest("sin")).toBeLessThan(tolerance);
    expect(furthest("cos")).toBeLessThan(tolerance);
  });
});

function loweredFor(device: Device) {
  return async (program: Program, feeds: ReadonlyMap<string, TensorData>): Promise<Map<string, TensorData>> => {
    const { bytes, inputs, outputs } = await lower(program, device);
    const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
    const tensors = inputs.map(({ name }) => [name, toOnnx(feeds.get(name)!)] as const);
    const results = await session.run(Object.fromEntries(tensors));
    await session.release();
    return new Map(outputs.map((name) => [name, fromOnnx(results[outputName(name)]!)]));
  };
}

function toOnnx({ dtype, data, shape }: TensorData): ort.Tensor {
  return new ort.Tensor(dtype as "float32", data as Float32Array, shape);
}

function fromOnnx({ type, dims, data }: ort.Tensor): TensorData {
  return new TensorData<DType>(type as DType, dims, data as TensorData["data"]);
}
