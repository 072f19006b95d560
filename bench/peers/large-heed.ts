/** Heed's side of `bench large`: opens a folder in a process of its own, continues a text, and reads memory beside. */
import { input, program } from "../../src/graph/program.ts";
import { float32 } from "../../src/graph/tensor-data.ts";
import { sum } from "../../src/ops/index.ts";
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

/** Reads memory as fast as the engine does: it sums rows. */
async function openMemory(threads: number) {
  const runtime = await nativeRuntime({ threads });
  const x = input("x", { shape: SHAPE, dtype: "float32" });
  const executable = await runtime.compile(program("sums", { sums: sum(x, [1]) }));
  const numbers = float32(SHAPE, new Float32Array(SHAPE[0] * SHAPE[1]).fill(1));
  return {
    /** Bytes a second. */
    async read(): Promise<number> {
      const start = performance.now();
      for (const value of (await executable.run(new Map([["x", numbers]]))).values()) value.dispose();
      return (1000 * numbers.data.byteLength) / (performance.now() - start);
    },
    [Symbol.asyncDispose]: () => runtime.dispose(),
  };
}
