import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { openModel } from "../../src/hub/node.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { webRuntime } from "../../src/runtime/web.node.ts";
import { enableWebGpu, noWebGpu } from "../runtime/devices.ts";
import { heavyOnCpu, placements } from "../runtime/placements.ts";
import { expectBeams, expectGreedy, expectOutput } from "./answers.ts";
import { deviceCases } from "./device-programs.ts";
import { goldenFolder, readGolden } from "./golden.ts";

/** On the CPU all folders are: golden-contract.ts. */
function computesAsPython(create: () => Promise<Runtime>): void {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await create();
  });
  afterAll(() => runtime.dispose());

  describe.each(deviceCases)("%s", (name) => {
    const golden = readGolden(name);
    const opened = () => openModel(join(goldenFolder, name));

    it("computes what PyTorch computes", async () => expectOutput(await opened(), golden, runtime));
    if (golden.greedy === undefined) return;
    it("goes on greedily as Python does", async () => expectGreedy(await opened(), golden, runtime));
    it("goes on with beams as Python does", async () => expectBeams(await opened(), golden, runtime));
  });
}

describe("families on WebAssembly [wasm]", () => computesAsPython(() => webRuntime({ threads: 1 })));

describe.skipIf(noWebGpu !== undefined)(
  `families on native WebGPU [webgpu]${noWebGpu === undefined ? "" : ` (${noWebGpu})`}`,
  () => {
    enableWebGpu();
    computesAsPython(() => nativeRuntime({ device: "webgpu" }));

    it("places a step of those that write, and what embeds, on the GPU, but for arithmetic on shapes", async () => {
      const placed = await placements(new URL("./device-programs.ts", import.meta.url));
      expect([...placed.keys()]).toEqual(deviceCases);
      for (const [name, placement] of placed) {
        expect(placement.get("WebGpuExecutionProvider")!.length, name).toBeGreaterThan(40);
        expect(heavyOnCpu(placement), name).toEqual([]);
      }
    });
  },
);
