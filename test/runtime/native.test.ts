import { describe } from "vitest";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { runtimeContract } from "./contract/index.ts";

describe("native CPU [cpu]", () => runtimeContract(() => nativeRuntime({ device: "cpu" })));
