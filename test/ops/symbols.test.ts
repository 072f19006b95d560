import { describe, expect, it } from "vitest";
import type { Program, TensorData } from "../../src/graph/index.ts";
import { expectClose } from "./close.ts";
import { notDifferentiated } from "./ops.ts";
import { evaluate, run, runtime } from "./run.ts";
import { samples } from "./samples/index.ts";
import type { Sample } from "./samples/sample.ts";
import { feedsOf, gradientsProgram, type Trace, trace, valuesProgram } from "./trace.ts";

const symbolic = samples.filter(({ dims }) => Object.keys(dims).length > 0);

describe("a program of symbols equals programs of numbers, however they are bound", () => {
  it.each(symbolic)("$name", async (sample) => {
    await using symbols = await runtime.compile(close(sample)(trace(sample, "float32", "symbols")));
    for (const dims of [sample.dims, larger(sample)]) {
      const feeds = feedsOf(sample, "float32", dims);
      const numbers = close(sample)(trace({ ...sample, dims }, "float32", "numbers"));
      expectSame(await run(symbols, feeds), await evaluate(numbers, feeds));
    }
  });
});

function close({ op }: Sample): (traced: Trace) => Program {
  return notDifferentiated.includes(op) ? valuesProgram : gradientsProgram;
}

/** Every dimension grows by another amount, so that none can stand for another. */
function larger({ dims }: Sample): Record<string, number> {
  return Object.fromEntries(Object.entries(dims).map(([name, size], i) => [name, size + 1 + i]));
}

function expectSame(actual: ReadonlyMap<string, TensorData>, expected: ReadonlyMap<string, TensorData>): void {
  for (const [name, { shape, dtype, data }] of expected) {
    const found = actual.get(name)!;
    expect({ shape: found.shape, dtype: found.dtype }, name).toEqual({ shape, dtype });
    expectClose(name, found.data, data, 1e-6);
  }
}
