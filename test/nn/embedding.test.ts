import { afterAll, beforeAll, expect, it } from "vitest";
import { gradients } from "../../src/grad/gradients.ts";
import { input, program } from "../../src/graph/program.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { float32, int32 } from "../../src/graph/tensor-data.ts";
import { runAndRead } from "../../src/inference/forward.ts";
import { lookUp, tokenNumbers } from "../../src/nn/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

it("looks rows up, and trains all but that of padding", async () => {
  const table = input("table", { shape: [3, 2], dtype: "float32" });
  const ids = input("ids", { shape: [2, 2], dtype: "int32" });
  const found = lookUp(table, ids, 1);
  const dy = input("dy", { shape: [2, 2, 2], dtype: "float32" });
  const [gradient] = gradients([{ of: found, is: dy }], [table]);
  const executable = await runtime.compile(program("lookUp", { found, gradient: gradient! }));
  const outputs = await runAndRead(
    executable,
    new Map<string, never>([
      ["table", float32([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)) as never],
      ["ids", int32([2, 2], [0, 1, 2, 0]) as never],
      ["dy", float32([2, 2, 2], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)) as never],
    ]),
  );
  await executable.dispose();
  expect([...outputs.get("found")!.data]).toEqual([1, 2, 3, 4, 5, 6, 1, 2]);
  expect([...outputs.get("gradient")!.data]).toEqual([8, 10, 0, 0, 5, 6]);
});

/** RoBERTa's `create_position_ids_from_input_ids`, less the id of padding. */
it("counts tokens, wherever padding stands", async () => {
  const ids = input("ids", { shape: [2, 5], dtype: "int32" });
  const executable = await runtime.compile(program("count", { counted: tokenNumbers(ids, 1) }));
  const fed = new Map([["ids", int32([2, 5], [1, 7, 1, 0, 9, 5, 5, 5, 1, 1])]]);
  const counted = (await runAndRead(executable, fed)).get("counted")!;
  await executable.dispose();
  expect([...counted.data]).toEqual([0, 1, 0, 2, 3, 1, 2, 3, 0, 0]);
});
