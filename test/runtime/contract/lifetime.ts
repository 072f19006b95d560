import { expect, it } from "vitest";
import { float32, program, type Value } from "../../../src/graph/index.ts";
import { mul } from "../../../src/ops/index.ts";
import { settledMemory } from "../memory.ts";
import { batch, floats, linearProgram } from "../programs.ts";
import { b, feeds, type Subject, w } from "./subject.ts";

/** What outlives what. */
export function lifetime(subject: Subject): void {
  it("refuses a program that was disposed of", async () => {
    const linear = await subject.runtime.compile(linearProgram());
    await linear.dispose();
    await linear.dispose();
    await expect(linear.run(feeds({ x: float32([1, 3], [1, 1, 1]), w, b }))).rejects.toMatchObject({
      code: "RUNTIME_FAILED",
    });
  });

  it("refuses everything after the runtime was disposed of", async () => {
    const other = await subject.create();
    const linear = await other.compile(linearProgram());
    await other.dispose();
    await other.dispose();
    const gone = { code: "RUNTIME_FAILED", message: expect.stringContaining("disposed") };
    await expect(linear.run(feeds({ x: float32([1, 3], [1, 1, 1]), w, b }))).rejects.toMatchObject(gone);
    await expect(other.compile(linearProgram())).rejects.toMatchObject(gone);
    await expect(other.upload(b)).rejects.toMatchObject(gone);
  });

  it("keeps values that outlive their program", async () => {
    const kept: Value[] = [];
    for (let i = 0; i < 10; i++) {
      const values = await subject.run(linearProgram(), { x: float32([1, 3], [i, 0, 0]), w, b });
      kept.push(values.get("y")!, values.get("total")!);
    }
    for (let i = 0; i < 10; i++) expect([...(await kept[2 * i]!.read()).data]).toEqual([i + 0.5, 2 * i - 1]);
    for (const value of kept) value.dispose();
  });

  it("lets values be disposed of after their runtime", async () => {
    const other = await subject.create();
    const linear = await other.compile(linearProgram());
    const values = await linear.run(feeds({ x: float32([1, 3], [1, 1, 1]), w, b }));
    const uploaded = await other.upload(b);
    await other.dispose();
    await expect(values.get("y")!.read()).rejects.toMatchObject({ code: "RUNTIME_FAILED" });
    for (const value of [...values.values(), uploaded]) value.dispose();
    await linear.dispose();
  });

  it("holds no more memory after many calls", async () => {
    const size = 2 ** 18;
    await using executable = await subject.runtime.compile(program("memory", { y: mul(floats("x", [batch]), 2) }));
    const x = await subject.runtime.upload(float32([size], new Float32Array(size)));
    const calls = async (count: number) => {
      for (let i = 0; i < count; i++) {
        for (const value of (await executable.run(feeds({ x }))).values()) value.dispose();
      }
      return settledMemory();
    };
    const before = await calls(100);
    const after = await calls(400);
    x.dispose();
    expect((after - before) / 2 ** 20).toBeLessThan(100);
  });
}
