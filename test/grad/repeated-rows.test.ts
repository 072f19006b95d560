import { describe, expect, it } from "vitest";
import { gradients } from "../../src/grad/index.ts";
import { float32, input, int32, program, type TensorData } from "../../src/graph/index.ts";
import { gather } from "../../src/ops/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { run } from "../ops/run.ts";

const rows = 7;
const columns = 64;
const count = 4096;
const table = input("table", { shape: [rows, columns], dtype: "float32" });
const ids = input("ids", { shape: [count], dtype: "int32" });
const dy = input("dy", { shape: [count, columns], dtype: "float32" });
const [dTable] = gradients([{ of: gather(table, ids), is: dy }], [table]);

const indices = Array.from({ length: count }, (_, i) => (i * i) % rows);

function feeds(gradient: (i: number) => number): Map<string, TensorData> {
  const values = Float32Array.from({ length: count * columns }, (_, i) => gradient(i));
  return new Map<string, TensorData>([
    ["ids", int32([count], indices)],
    ["dy", float32([count, columns], values)],
  ]);
}

describe("the gradient of rows that are gathered many times, computed by two threads", () => {
  it("loses no update", async () => {
    await using runtime = await nativeRuntime({ threads: 2 });
    await using executable = await runtime.compile(program("gradient", { dTable: dTable! }));
    const results = await run(
      executable,
      feeds(() => 1),
    );
    const counts = Array.from({ length: rows }, (_, row) => indices.filter((id) => id === row).length);
    expect(Array.from(results.get("dTable")!.data, Number)).toEqual(counts.flatMap((n) => Array(columns).fill(n)));
  });

  it("is the same to the last bit on every call", async () => {
    await using runtime = await nativeRuntime({ threads: 2 });
    await using executable = await runtime.compile(program("gradient", { dTable: dTable! }));
    const noise = feeds((i) => Math.sin(i * 12.9898) * 43758.5453);
    const call = async () => Buffer.from((await run(executable, noise)).get("dTable")!.data.buffer);
    const first = await call();
    for (let i = 1; i < 50; i++) expect((await call()).equals(first)).toBe(true);
  });
});
