import * as ort from "onnxruntime-node";
import { describe, it } from "vitest";
import { type Device, type DType, type Program, TensorData } from "../../src/graph/index.ts";
import { lower, outputName } from "../../src/onnx/index.ts";
import { composites } from "../grad/composites.ts";
import { notDifferentiated, withoutGradient } from "../ops/ops.ts";
import { checkGradients, checkValues } from "../ops/pytorch.ts";
import { samples } from "../ops/samples/index.ts";

/** Ops whose lowering asks for the device. */
const lowered = [
  ...samples.filter(({ op }) =>
    [
      "matmul",
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
