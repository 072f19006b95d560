import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { openModel } from "../../src/hub/node.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { webRuntime } from "../../src/runtime/web.node.ts";
import { enableWebGpu, noWebGpu } from "../runtime/devices.ts";
import { expectBeams, expectGreedy, expectOutput } from "./answers.ts";
import { goldenFolder, readGolden } from "./golden.ts";

/** One of each family at least; those in which heads share keys, or turn, too. The CPU computes all: golden-contract.ts. */
const cases = ["bart", "marian", "gpt2", "gpt_neox", "llama-grouped", "gemma3_text", "bert", "modernbert", "t5"];

function computesAsPython(create: () => Promise<Runtime>): void {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await create();
  });
  afterAll(() => runtime.dispose());

  describe.each(cases)("%s", (name) => {
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
  },
);
