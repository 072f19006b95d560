import { writeSync } from "node:fs";
import type { Program } from "../../src/graph/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { MARKER } from "./placements.ts";

const { programs } = (await import(process.argv[2]!)) as { programs: readonly Program[] };
await using runtime = await nativeRuntime({ device: "webgpu", logLevel: 0 });
for (const program of programs) {
  writeSync(2, `\n${MARKER}${program.name}\n`);
  const executable = await runtime.compile(program);
  await executable.dispose();
}
