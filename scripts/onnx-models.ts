/** Prints one JSON line for every sample of every op, with the ONNX model of its gradients: for check_onnx_models.py. */
import { lower } from "../src/onnx/index.ts";
import { composites } from "../test/grad/composites.ts";
import { notDifferentiated } from "../test/ops/ops.ts";
import { samples } from "../test/ops/samples/index.ts";
import { gradientsProgram, trace, valuesProgram } from "../test/ops/trace.ts";

for (const sample of [...samples, ...composites]) {
  const close = notDifferentiated.includes(sample.op) ? valuesProgram : gradientsProgram;
  for (const device of ["cpu", "webgpu"] as const) {
    for (const dims of ["numbers", "symbols"] as const) {
      const { bytes } = await lower(close(trace(sample, "float32", dims)), device);
      const model = Buffer.from(bytes).toString("base64");
      process.stdout.write(`${JSON.stringify({ name: `${sample.name}, ${dims}, ${device}`, model })}\n`);
    }
  }
}
