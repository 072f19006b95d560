import { generate } from "../../generate/generate.ts";
import { createGenerator, type SequenceGenerator } from "../../generate/generator.ts";
import type { Runtime } from "../../graph/runtime.ts";
import type { TensorData } from "../../graph/tensor-data.ts";
import { families } from "../../models/registry.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";
import type { Handlers } from "../../runtime/worker/host.ts";
import { receiveTensor } from "../../runtime/worker/protocol.ts";
import type { LaneCalls } from "./protocol.ts";

/** A model in a thread that generates from it. */
export function laneHandlers(openRuntime: (options: RuntimeOptions) => Promise<Runtime>): Handlers<LaneCalls> {
  const parameters = new Map<string, TensorData<"float32">>();
  const running = new Map<number, AbortController>();
  let runtime: Runtime;
  let generator: SequenceGenerator;
  return {
    async open(modelType, config, options) {
      runtime = await openRuntime(options);
      generator = createGenerator({ family: families.get(modelType)!, config, parameters }, runtime);
    },
    async parameter(path, numbers) {
      parameters.set(path, receiveTensor(numbers) as TensorData<"float32">);
    },
    async generate(call, sources, options) {
      const controller = new AbortController();
      running.set(call, controller);
      try {
        return await generate(generator, sources, { ...options, signal: controller.signal });
      } finally {
        running.delete(call);
      }
    },
    async stop(call) {
      running.get(call)?.abort();
    },
    async close() {
      await generator.dispose();
      await runtime.dispose();
    },
  };
}
