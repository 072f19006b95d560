import {
  float32,
  mulDims,
  program,
  type Runtime,
  randomMask,
  type TensorData,
  type Value,
} from "../../../src/graph/index.ts";
import { dequantize, matmul, mul } from "../../../src/ops/index.ts";
import { defaultRuntime, type RuntimeOptions } from "../../../src/runtime/default.browser.ts";
import { workerRuntime } from "../../../src/runtime/worker/browser.ts";
import { adamProgram, batch, floats } from "../programs.ts";

const key = { seed: 7, step: 3, microBatch: 0 };

/** Two steps of Adam, the state staying on the device: the loss and the weights after each. */
async function train(runtime: Runtime): Promise<number[][]> {
  const adam = await runtime.compile(adamProgram());
  let state = new Map<string, Value>([
    ["w", await runtime.upload(float32([3, 2], [1, 2, 3, 4, 5, 6]))],
    ["m", await runtime.upload(float32([3, 2], new Float32Array(6)))],
    ["v", await runtime.upload(float32([3, 2], new Float32Array(6)))],
  ]);
  const found: number[][] = [];
  for (const size of [2, 3]) {
    const x = Array.from({ length: size * 3 }, (_, i) => Math.sin(i));
    const t = Array.from({ length: size * 2 }, (_, i) => i);
    const feeds = new Map<string, Value | TensorData>(state);
    feeds.set("x", float32([size, 3], x)).set("t", float32([size, 2], t));
    const values = await adam.run(feeds);
    for (const value of state.values()) value.dispose();
    state = new Map(["w", "m", "v"].map((name) => [name, values.get(name)!]));
    for (const name of ["loss", "w"]) found.push([...((await values.get(name)!.read()).data as Float32Array)]);
  }
  await adam.dispose();
  found.push([...((await state.get("w")!.read()).data as Float32Array)]);
  return found;
}

async function mask(runtime: Runtime): Promise<string> {
  const x = floats("x", [batch]);
  const drawn = mul(x, dequantize(randomMask("dropout.a", [mulDims(batch, 1)], 0.75), 1));
  const executable = await runtime.compile(program("mask", { drawn }));
  const values = await executable.run(new Map([["x", float32([64], new Float32Array(64).fill(1))]]), { random: key });
  return [...((await values.get("drawn")!.read()).data as Float32Array)].join("");
}

/** The longest time for which the page did not react while a large product was computed. */
async function pause(runtime: Runtime): Promise<{ longest: number; duration: number }> {
  const x = floats("x", [batch, batch]);
  const executable = await runtime.compile(program("square", { y: matmul(matmul(x, x), matmul(x, x)) }));
  const feeds = new Map([["x", float32([900, 900], new Float32Array(900 * 900))]]);
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const start = performance.now();
  await executable.run(feeds);
  clearInterval(timer);
  longest = Math.max(longest, performance.now() - last);
  return { longest, duration: performance.now() - start };
}

async function check(where: "page" | "worker", options: RuntimeOptions) {
  try {
    await using runtime = await (where === "page" ? defaultRuntime : workerRuntime)(options);
    const result = { device: runtime.device, trained: await train(runtime), mask: await mask(runtime) };
    return where === "worker" ? { ...result, pause: await pause(runtime) } : result;
  } catch (error) {
    return { error: String(error), code: (error as { code?: string }).code };
  }
}

Object.assign(window, { check });
