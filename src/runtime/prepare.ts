import type { Device } from "../graph/device.ts";
import type { CompileOptions } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import { type LoweredProgram, lower } from "../onnx/lower.ts";
import { pacer } from "../pacer.ts";
import { type Bindings, bindSymbols } from "./bindings.ts";
import { type MemoryPlan, planMemory } from "./memory.ts";

/** All that an engine needs of a program. Plain data: it can be posted to a worker. */
export interface PreparedProgram extends LoweredProgram {
  /** Symbols that the shapes of constants have fixed. */
  readonly bound: Bindings;
  readonly memory: MemoryPlan;
}

/** Checks the constants and lowers the program for a device. */
export async function prepare(
  program: Program,
  device: Device,
  { constants }: CompileOptions = {},
): Promise<PreparedProgram> {
  const fixed = program.inputs.filter(({ name }) => constants?.has(name));
  const bound = bindSymbols(program.name, fixed, constants ?? new Map());
  if (pacer.due()) await pacer.rest();
  const memory = await planMemory(program);
  return { ...(await lower(program, device, constants)), bound, memory };
}
