/** Heed's side of `bench large`: opens a folder in a process of its own, continues a text, and reads memory beside. */
import { input, program } from "../../src/graph/program.ts";
import type { Executable } from "../../src/graph/runtime.ts";
import { float32 } from "../../src/graph/tensor-data.ts";
import { matmul, sum } from "../../src/ops/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { loadTextGenerator } from "../../src/tasks/load.ts";
import type { TextGenerator } from "../../src/tasks/text-generator.ts";
import type { LargeJob, LargeResult } from "../large.ts";
import { peakBytes } from "../machine.ts";
import { serve } from "../peer.ts";

const PROMPT = "Attention is all you need.";

/** What is summed is larger than any cache: [rows, columns] float32, 1 GiB. */
const SHAPE = [2 ** 14, 2 ** 14] as const;

await serve({
  async run({ folder, threads, tokens, rounds }: LargeJob): Promise<LargeResult> {
    const start = performance.now();
    await using generator = await loadTextGenerator(folder, { device: "cpu", threads });
    const opened = performance.now();
    const first = await continueText(generator, tokens);
    const peak = await peakBytes();
    // Memory is as busy for the sums as for the tokens that stand between them.
    await using memory = await openMemory(threads);
    const [times, sums]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      sums.push(await memory.read());
      times.push(...(await continueText(generator, tokens)).slice(1));
      sums.push(await memory.read());
    }
    return {
      openSeconds: (opened - start) / 1000,
      firstSeconds: first[0]! / 1000,
      peakBytes: peak,
      milliseconds: times,
      bytesPerSecond: sums,
    };
  },
});

/** Milliseconds to each token: to the first one with reading the prompt. */
async function continueText(generator: TextGenerator, tokens: number): Promise<number[]> {
  const times: number[] = [];
  let last = performance.now();
  for await (const _ of generator.stream(PROMPT, { minNewTokens: tokens, maxNewTokens: tokens })) {
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  return times;
}

/** Reads memory as fast as the engine does: by sums of rows, or by the product of a row with a matrix. */
async function openMemory(threads: number) {
  const runtime = await nativeRuntime({ threads });
  const x = input("x", { shape: SHAPE, dtype: "float32" });
  const row = input("row", { shape: [1, SHAPE[0]], dtype: "float32" });
  const sums = await runtime.compile(program("sums", { sums: sum(x, [1]) }));
  const product = await runtime.compile(program("product", { product: matmul(row, x) }));
  const numbers = float32(SHAPE, new Float32Array(SHAPE[0] * SHAPE[1]).fill(1));
  const feeds = new Map([
    ["x", numbers],
    ["row", float32([1, SHAPE[0]], new Float32Array(SHAPE[0]).fill(1))],
  ]);
  const seconds = async (executable: Executable) => {
    const start = performance.now();
    for (const value of (await executable.run(feeds)).values()) value.dispose();
    return (performance.now() - start) / 1000;
  };
  return {
    /** Bytes a second, by the faster of both. */
    read: async () => numbers.data.byteLength / Math.min(await seconds(sums), await seconds(product)),
    [Symbol.asyncDispose]: () => runtime.dispose(),
  };
}
