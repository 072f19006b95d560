import { describe } from "vitest";
import { workerRuntime } from "../../src/runtime/worker/node.ts";
import { runtimeContract } from "./contract.ts";

describe("native CPU in a worker", () => runtimeContract(() => workerRuntime({ device: "cpu" })));
