import type { Device } from "../graph/device.ts";

export interface LoadOptions {
  /** Which device computes: unless told, in Node.js the fastest that needs no GPU, in a browser WebAssembly. */
  readonly device?: Device | undefined;
  /** How many threads compute: for one batch together, for many batches each its own. What suits the machine unless told. */
  readonly threads?: number | undefined;
  /** How many bytes of memory a batch may take by estimate; 80% of what is free unless told. */
  readonly memoryLimit?: number | undefined;
  /** Compute in a worker, so that the calling thread stays free; in this thread, some short steps at a time, unless told. */
  readonly worker?: boolean | undefined;
}
