import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { float32, program } from "../../src/graph/index.ts";
import { matmul } from "../../src/ops/index.ts";
import { workerRuntime } from "../../src/runtime/worker/node.ts";
import { runtimeContract } from "./contract/index.ts";
import { enableWebGpu, noWebGpu } from "./devices.ts";
import { batch, floats } from "./programs.ts";

describe("native CPU in a worker [cpu]", () => runtimeContract(() => workerRuntime({ device: "cpu" })));

describe.skipIf(noWebGpu !== undefined)(
  `native WebGPU in a worker [webgpu]${noWebGpu === undefined ? "" : ` (${noWebGpu})`}`,
  () => {
    enableWebGpu();
    runtimeContract(() => workerRuntime({ device: "webgpu" }));
  },
);

const size = 1500;
const x = floats("x", [batch, batch]);
const square = program("square", { y: matmul(matmul(x, x), matmul(x, x)) });
const ones = new Map([["x", float32([size, size], new Float32Array(size * size).fill(1))]]);

/** A runtime and the thread in which it lives. */
async function startWorker(device: "cpu" | "wasm") {
  const created = new Promise<Worker>((resolve) => process.once("worker", resolve));
  const runtime = await workerRuntime({ device, threads: 1 });
  return { runtime, worker: await created };
}

/** Runs worker-script.ts in a process of its own. */
function runScript(argument: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const script = fileURLToPath(new URL("./worker-script.ts", import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", script, argument],
      { timeout: 60_000 },
      (_, out, err) => resolve({ code: child.exitCode, stdout: out, stderr: err }),
    );
  });
}

describe("a worker", () => {
  it("leaves the event loop free while a program runs", async () => {
    await using runtime = await workerRuntime({ device: "cpu" });
    await using executable = await runtime.compile(square);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const start = performance.now();
    const call = executable.run(ones);
    const posted = performance.now() - start;
    await call;
    clearInterval(timer);
    const duration = performance.now() - start;
    expect(duration).toBeGreaterThan(50);
    expect(posted).toBeLessThan(duration / 4);
    expect(ticks).toBeGreaterThan(5);
  });

  it("that dies rejects what is under way, and all that comes later", async () => {
    const { runtime, worker } = await startWorker("wasm");
    const executable = await runtime.compile(square);
    const value = await runtime.upload(float32([1], [1]));
    const calls = Promise.allSettled([executable.run(ones), value.read()]);
    await worker.terminate();
    const gone = { code: "RUNTIME_FAILED", message: expect.stringContaining("exit code 1") };
    for (const call of await calls) expect(call).toMatchObject({ status: "rejected", reason: gone });
    await expect(runtime.upload(float32([1], [1]))).rejects.toMatchObject(gone);
    value.dispose();
    await executable.dispose();
    await runtime.dispose();
  });

  it("that fails says why", async () => {
    const { runtime, worker } = await startWorker("wasm");
    const call = (await runtime.compile(square)).run(ones);
    worker.emit("error", new Error("out of memory"));
    await expect(call).rejects.toMatchObject({
      code: "RUNTIME_FAILED",
      message: expect.stringContaining("out of memory"),
    });
    await runtime.dispose();
  });

  it("that cannot read a message rejects what it will never answer", async () => {
    const { runtime, worker } = await startWorker("wasm");
    const detached = new Float32Array(1);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    worker.postMessage({ detached }, [detached.buffer]);
    await expect(runtime.upload(float32([1], [1]))).rejects.toMatchObject({ code: "RUNTIME_FAILED" });
    await runtime.dispose();
  });

  it("does not keep a process alive, but a call under way does", async () => {
    expect(await runScript("wait")).toEqual({ code: 0, stdout: "0.000667", stderr: "" });
  });

  it("lets a process exit while a program runs", async () => {
    expect(await runScript("exit")).toEqual({ code: 3, stdout: "", stderr: "" });
  });

  it("refuses a device that is not there", async () => {
    await expect(workerRuntime({ device: "none" as "cpu" })).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  });
});
