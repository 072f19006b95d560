import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { float32, input, program, sym } from "../../src/graph/index.ts";
import { add, exp, greater, loop, matmul, reshape, softmax, sum } from "../../src/ops/index.ts";
import { peakBytes, planMemory } from "../../src/runtime/memory.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";

const n = sym("n");
const x = input("x", { shape: [n, 100], dtype: "float32" });
const w = input("w", { shape: [100, 100], dtype: "float32" });

/** Numbers of float32 at the peak, for n = 50, without what the allocator adds. */
async function peak(outputs: Parameters<typeof program>[1]): Promise<number> {
  const bytes = peakBytes(await planMemory(program("p", outputs)), new Map([["n", { size: 50, input: "x" }]]));
  return Math.round(bytes / 1.2 / 4);
}

const [matrix, number] = [50 * 100, 1];

describe("the memory of a program", () => {
  it("is the results, twice: the engine's and JavaScript's", async () => {
    expect(await peak({ y: exp(x) })).toBe(2 * matrix);
    expect(await peak({ y: x })).toBe(matrix);
  });

  it("frees a tensor after its last reader", async () => {
    const chain = exp(softmax(exp(matmul(x, w))));
    expect(await peak({ y: sum(chain) })).toBe(2 * matrix + number);
  });

  it("keeps what is read again later, as activations in training are", async () => {
    const first = exp(x);
    const last = exp(exp(exp(first)));
    expect(await peak({ y: sum(add(last, first)) })).toBe(3 * matrix + number);
  });

  it("counts a reshaped tensor once, until the last reader of either", async () => {
    const hidden = exp(x);
    const flat = reshape(hidden, [n, 10, 10]);
    expect(await peak({ y: sum(exp(flat)) })).toBe(2 * matrix + number);
  });

  it("counts in a loop what one iteration holds beside what the one before gave", async () => {
    const { y } = loop(n, { x }, (carried) => {
      const next = exp(softmax(exp(carried.x)));
      return { goesOn: greater(sum(next), 0), next: { x: next }, each: { y: sum(next) } };
    });
    const stacked = 50;
    // At most, the carried before and after, and the two of a softmax.
    expect(await peak({ y })).toBeGreaterThan(3 * matrix);
    expect(await peak({ y })).toBeLessThan(4 * matrix + 2 * stacked);
    expect(await peak({ y: exp(exp(exp(x))), z: y })).toBeLessThan(6 * matrix + 4 * stacked);
  });
});

describe("the limit of memory", () => {
  it("refuses a call beyond it, naming shape, estimate and limit, and lets smaller ones through", async () => {
    await using runtime = await nativeRuntime({ memoryLimit: 2 ** 20 });
    await using executable = await runtime.compile(program("square", { y: sum(matmul(x, x, { transA: true })) }));
    const run = async (rows: number) => {
      const outputs = await executable.run(
        new Map([["x", float32([rows, 100], new Float32Array(rows * 100).fill(1))]]),
      );
      return (await outputs.get("y")!.read()).data[0];
    };
    expect(await run(3)).toBe(30_000);
    await using wide = await runtime.compile(program("wide", { y: sum(exp(x)) }));
    const large = float32([5000, 100], new Float32Array(500_000));
    await expect(wide.run(new Map([["x", large]]))).rejects.toMatchObject({
      code: "MEMORY_LIMIT",
      message: expect.stringMatching(/"wide" with n 5000 would take about 2.3 MiB.*; 1 MiB.*smaller batches/),
    });
  });

  it("refuses a limit that is no number of bytes", async () => {
    for (const memoryLimit of [0, -1, Number.NaN]) {
      await expect(nativeRuntime({ memoryLimit })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    }
  });
});

describe.runIf(existsSync("/proc/self/status"))("the estimate for a program", () => {
  const script = fileURLToPath(new URL("memory-process.ts", import.meta.url));
  it.each([
    ["many short sentences", "train 64 128 2 4000 256 16 16"],
    ["few long ones", "train 64 128 2 1000 4 256 256"],
    ["a large vocabulary", "train 32 64 1 30000 64 16 16"],
    ["long sources that are read to be translated", "read 64 128 2 1000 16 512 1"],
    ["a wide model", "train 256 1024 1 2000 64 32 32"],
  ])("is within 1.5 times of what it takes: %s", async (_, sizes) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, ...sizes.split(" ")]);
    const { estimate, measured } = JSON.parse(stdout) as { estimate: number; measured: number };
    expect(estimate / measured).toBeGreaterThan(1 / 1.5);
    expect(estimate / measured).toBeLessThan(1.5);
  });
});
