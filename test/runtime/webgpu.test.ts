import { describe } from "vitest";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { runtimeContract } from "./contract.ts";
import { enableWebGpu, noWebGpu } from "./devices.ts";

describe.skipIf(noWebGpu !== undefined)(`native WebGPU${noWebGpu === undefined ? "" : ` (${noWebGpu})`}`, () => {
  enableWebGpu();
  runtimeContract(() => nativeRuntime({ device: "webgpu" }));
});
