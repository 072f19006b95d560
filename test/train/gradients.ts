import type { Runtime } from "../../src/graph/runtime.ts";
import { float32, scalarOf, type TensorData } from "../../src/graph/tensor-data.ts";
import type { Model } from "../../src/models/model.ts";
import type { Batch } from "../../src/train/batches.ts";
import { accumulateProgram, prefixes, type StepSettings } from "../../src/train/programs.ts";

/** The gradients of a batch's mean loss, by the paths of their parameters. No dropout may be on. */
export async function gradientsOf(runtime: Runtime, model: Model, settings: StepSettings, batch: Batch) {
  await using executable = await runtime.compile(await accumulateProgram(model.family, model.config, settings));
  const feeds = new Map<string, TensorData>([
    ...Object.entries(batch.inputs),
    ["labels", batch.labels],
    ["perToken", scalarOf(1 / batch.targetTokens, "float32")],
  ]);
  for (const [path, data] of model.parameters) {
    feeds.set(prefixes.parameter + path, data);
    feeds.set(prefixes.accumulated + path, float32(data.shape, new Float32Array(data.data.length)));
  }
  const values = await executable.run(feeds);
  const gradients = new Map<string, TensorData<"float32">>();
  for (const path of model.parameters.keys()) {
    gradients.set(path, (await values.get(prefixes.accumulated + path)!.read()) as TensorData<"float32">);
  }
  for (const value of values.values()) value.dispose();
  return gradients;
}
