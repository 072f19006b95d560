import { float32, program } from "../../src/graph/index.ts";
import { matmul } from "../../src/ops/index.ts";
import { workerRuntime } from "../../src/runtime/worker/node.ts";
import { batch, floats } from "./programs.ts";

// A process that forgets to dispose of its runtime. With "wait" its one call must finish, and then the process must
// end; with "exit" it exits while the call is under way.
const runtime = await workerRuntime({ device: "cpu" });
const x = floats("x", [batch, batch]);
const squared = matmul(x, x);
const executable = await runtime.compile(program("power", { y: matmul(squared, squared) }));
const size = 1500;
const run = executable.run(new Map([["x", float32([size, size], new Float32Array(size * size).fill(1 / size))]]));
if (process.argv[2] === "exit") setTimeout(() => process.exit(3), 30);
const values = await run;
process.stdout.write(((await values.get("y")!.read()).data[0] as number).toFixed(6));
