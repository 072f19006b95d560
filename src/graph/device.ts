/** Where a program runs. `wasm` is the CPU without native code. */
export type Device = "cpu" | "wasm" | "webgpu";
