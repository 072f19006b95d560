import { describe } from "vitest";
import { webRuntime } from "../../src/runtime/web.node.ts";
import { runtimeContract } from "./contract/index.ts";

describe("WebAssembly in Node [wasm]", () => runtimeContract(() => webRuntime({ threads: 1 })));
