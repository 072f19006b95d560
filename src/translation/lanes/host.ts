import { generate } from "../../generate/generate.ts";
import { createGenerator, type SequenceGenerator } from "../../generate/generator.ts";
import type { Runtime } from "../../graph/runtime.ts";
import { loadModel } from "../../hub/model-folder.ts";
import { folderFiles } from "../../hub/node.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";
import type { Handlers } from "../../runtime/worker/host.ts";
import type { LaneCalls } from "./protocol.ts";

/** A model in a thread that generates from it. */
export function laneHandlers(openRuntime: (options: RuntimeOptions) => Promise<Runtime>): Handlers<LaneCalls> {
  let runtime: Runtime;
  let generator: SequenceGenerator;
  let running = new AbortController();
  return {
    async open(folder, options) {
      const { model } = await loadModel(folderFiles(folder));
      runtime = await openRuntime(options);
      generator = createGenerator(model, runtime);
    },
    async generate(sources, options) {
      running = new AbortController();
      return generate(generator, sources, { ...options, signal: running.signal });
    },
    async stop() {
      running.abort();
    },
    async close() {
      await generator.dispose();
      await runtime.dispose();
    },
  };
}
