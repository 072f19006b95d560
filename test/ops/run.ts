import type { Executable, Feeds, Program, TensorData } from "../../src/graph/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";

/** One thread: the programs are tiny. */
export const runtime = await nativeRuntime({ threads: 1 });

/** Runs a program once. */
export async function evaluate(program: Program, feeds: Feeds = new Map()): Promise<Map<string, TensorData>> {
  await using executable = await runtime.compile(program);
  return run(executable, feeds);
}

/** Runs a compiled program and reads all that it returns. */
export async function run(executable: Executable, feeds: Feeds): Promise<Map<string, TensorData>> {
  const results = new Map<string, TensorData>();
  for (const [name, value] of await executable.run(feeds)) {
    results.set(name, await value.read());
    value.dispose();
  }
  return results;
}
