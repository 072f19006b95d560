import { HeedError } from "../error.ts";
import type { Device } from "../graph/device.ts";
import type { Bindings } from "./bindings.ts";

/** The share of the free memory that a call may take. */
const SHARE = 0.8;
/** WebAssembly has addresses of 32 bits. */
const WASM_MEMORY = 2 ** 32;

/** What is used of Node's `process`; a browser has none. */
interface MemoryFacts {
  availableMemory?(): number;
}

/**
 * How many bytes a call may take: those given, or else a share of what is free now. Undefined where that is not known,
 * as in a browser, and on a GPU, which has memory of its own.
 */
export function memoryLimit(device: Device, given: number | undefined): number | undefined {
  if (given !== undefined && !(given > 0)) {
    throw new HeedError("CONFIG_INVALID", `memoryLimit: expected bytes above 0, found ${given}.`, {
      path: "memoryLimit",
    });
  }
  if (given !== undefined || device === "webgpu") return given;
  const { process } = globalThis as { process?: MemoryFacts };
  const free = process?.availableMemory?.();
  const limits = [free !== undefined && SHARE * free, device === "wasm" && SHARE * WASM_MEMORY];
  const known = limits.filter((limit) => limit !== false);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Refuses a call that would take more memory than it may: the system would end the process, or slow it to a standstill. */
export function checkMemory(program: string, needed: number, limit: number, bindings: Bindings): void {
  if (needed <= limit) return;
  const shape = [...bindings].map(([symbol, { size }]) => `${symbol} ${size}`).join(", ");
  const message = `Running "${program}" with ${shape} would take about ${formatBytes(needed)} of memory; ${formatBytes(limit)} are allowed.`;
  throw new HeedError("MEMORY_LIMIT", `${message} Use smaller batches, or raise memoryLimit (--memory).`);
}

/** The parameter itself, its gradient, and the two means that Adam keeps of it, in float32. */
const BYTES_OF_TRAINED_PARAMETER = 16;

/** Refuses to train a model whose parameters alone would take more memory than they may, before they are drawn. */
export function checkParameters(count: number, limit: number): void {
  const needed = count * BYTES_OF_TRAINED_PARAMETER;
  if (needed <= limit) return;
  const message = `To train ${count.toLocaleString("en-US")} parameters takes at least ${formatBytes(needed)} of memory; ${formatBytes(limit)} are allowed.`;
  throw new HeedError("MEMORY_LIMIT", `${message} Make the model smaller, or raise memoryLimit (--memory).`);
}

function formatBytes(bytes: number): string {
  const [unit, name] = bytes < 2 ** 30 ? [2 ** 20, "MiB"] : [2 ** 30, "GiB"];
  return `${Number((bytes / unit).toPrecision(2))} ${name}`;
}
