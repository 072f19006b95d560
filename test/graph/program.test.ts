import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import {
  addDims,
  type Dim,
  float32,
  formatProgram,
  input,
  mulDims,
  program,
  randomMask,
  sortNodes,
  sym,
  type Tensor,
} from "../../src/graph/index.ts";
import { lower } from "../../src/onnx/index.ts";
import {
  add,
  concat,
  constant,
  crossEntropy,
  gather,
  layerNorm,
  less,
  loop,
  matmul,
  mul,
  reshape,
  slice,
  split,
  sum,
  tanh,
} from "../../src/ops/index.ts";

const n = sym("n");
const float = (name: string, ...shape: Dim[]): Tensor => input(name, { shape, dtype: "float32" });
const refusal = (make: () => unknown) => {
  expect(make).toThrow(HeedError);
  return expect(make);
};

describe("a program", () => {
  it("has the inputs that its outputs need, in the order in which it meets them", () => {
    const [a, b, c] = [float("a", n), float("b", n), float("c", n)];
    const sums = program("sums", { first: add(b, a), second: mul(a, 2) });
    add(a, c);
    expect(sums.inputs.map(({ name }) => name)).toEqual(["b", "a"]);
    expect([...sums.outputs.keys()]).toEqual(["first", "second"]);
  });

  it("takes its outputs from a record or a map", () => {
    const a = float("a", n);
    expect([...program("map", new Map([["layer.0", a]])).outputs]).toEqual([["layer.0", a]]);
  });

  it("may use one input many times", () => {
    const a = float("a", n);
    expect(program("twice", { y: add(a, mul(a, a)) }).inputs).toHaveLength(1);
  });

  it("refuses two inputs of one name", () => {
    refusal(() => program("sum", { y: add(float("x", n), float("x", n)) })).toThrow(
      'The program "sum" has two inputs named "x".',
    );
  });

  it("refuses a symbol that no input gives", () => {
    const m = sym("m");
    refusal(() => program("sum", { y: float("x", mulDims(m, 2)) })).toThrow(/no input that gives the dimension "m"/);
    refusal(() => program("sum", { y: float("x", addDims(m, 1)), z: float("z", n) })).toThrow(/"m"/);
    expect(program("sum", { y: float("x", addDims(m, 1)), z: float("z", m) }).inputs).toHaveLength(2);
  });

  it("refuses a symbol that only a random mask has: masks are drawn, not fed", () => {
    refusal(() => program("drop", { y: randomMask("mask", [n], 0.9) })).toThrow(/"n"/);
    expect(program("drop", { y: randomMask("mask", [n], 0.9), x: float("x", n) }).inputs[0]).toEqual({
      name: "mask",
      shape: [n],
      dtype: "uint8",
      random: { keepRate: 0.9 },
    });
  });
});

describe("sortNodes", () => {
  it("puts every node once, after its inputs", () => {
    let y = float("x", n);
    for (let i = 0; i < 60; i++) y = add(y, mul(y, y));
    const sorted = sortNodes([y, y]);
    const at = new Map(sorted.map((node, i) => [node, i]));
    expect(at.size).toBe(121);
    expect(sorted).toHaveLength(121);
    for (const node of sorted)
      for (const { node: before } of node.inputs) expect(at.get(before)!).toBeLessThan(at.get(node)!);
  });
});

describe("a graph of 10,000 nodes in a row", () => {
  it("does not exhaust the stack", async () => {
    let y = float("x", n);
    for (let i = 0; i < 10_000; i++) y = tanh(y);
    const deep = program("deep", { y });
    expect(formatProgram(deep)).toContain("%9999 = tanh(%9998)");
    expect((await lower(deep, "cpu")).bytes.length).toBeGreaterThan(10_000);
  });
});

describe("formatProgram", () => {
  it("prints below a loop what it repeats", () => {
    const table = float("table", sym("steps"), 4);
    const { y } = loop(sym("steps"), { sum: float("start", 4) }, (carried, iteration) => {
      const next = add(carried.sum, gather(table, iteration));
      return { goesOn: less(sum(next), 9), next: { sum: next }, each: { y: next } };
    });
    expect(formatProgram(program("sums", { y }))).toMatchInlineSnapshot(`
      "program sums
      inputs
        start: float32[4]
        table: float32[steps, 4]
      nodes
        %0 = loop(start, table, body=iteration, carried=[loop.sum], most=steps) : float32[steps, 4]
          program iteration
          inputs
            loop.sum: float32[4]
            table: float32[steps, 4]
            loop.iteration: int64[]
          nodes
            %0 = gather(table, loop.iteration) : float32[4]
            %1 = add(loop.sum, %0) : float32[4]
            %2 = sum(%1, axes=[0]) : float32[]
            %3 = constant(data=9) : float32[]
            %4 = less(%2, %3) : bool[]
          outputs
            goesOn: %4
            next.sum: %1
            each.y: %1
      outputs
        y: %0"
    `);
  });

  it("prints one line a node", () => {
    const [batch, source] = [sym("batch"), sym("source")];
    const x = float("x", batch, source, 4);
    const past = float("past", batch, sym("past"), 4);
    const all = concat([past, layerNorm(x, float("scale", 4), float("bias", 4), 1e-5)], 1);
    const [left, right] = split(all, [1, 3], -1) as [Tensor, Tensor];
    const last = slice(right, 1, sym("past"), addDims(sym("past"), source));
    const logits = reshape(matmul(last, float("w", 8, 3), { transB: true, alpha: 0.5 }), [mulDims(batch, source), 8]);
    const labels = input("labels", { shape: [mulDims(batch, source)], dtype: "int32" });
    const { loss } = crossEntropy(logits, labels, 0.1);
    const weights = constant(float32([2, 2], [1, 2, 3, 4]));
    const printed = formatProgram(program("step", { loss: sum(mul(loss, 2)), left, weights }));
    expect(printed).toMatchInlineSnapshot(`
      "program step
      inputs
        past: float32[batch, past, 4]
        x: float32[batch, source, 4]
        scale: float32[4]
        bias: float32[4]
        w: float32[8, 3]
        labels: int32[batch*source]
      nodes
        %0 = layerNorm(x, scale, bias, epsilon=0.00001) : float32[batch, source, 4], float32[batch, source, 1], float32[batch, source, 1]
        %1 = concat(past, %0.0, axis=1) : float32[batch, past+source, 4]
        %2 = split(%1, sizes=[1, 3], axis=2) : float32[batch, past+source, 1], float32[batch, past+source, 3]
        %3 = slice(%2.1, axis=1, start=past, end=past+source) : float32[batch, source, 3]
        %4 = matmul(%3, w, transB=true, alpha=0.5) : float32[batch, source, 8]
        %5 = reshape(%4, shape=[batch*source, 8]) : float32[batch*source, 8]
        %6 = crossEntropy(%5, labels, smoothing=0.1) : float32[batch*source], float32[batch*source, 8]
        %7 = constant(data=2) : float32[]
        %8 = mul(%6.0, %7) : float32[batch*source]
        %9 = sum(%8, axes=[0]) : float32[]
        %10 = constant(data=…4) : float32[2, 2]
      outputs
        loss: %9
        left: %2.0
        weights: %10"
    `);
  });
});
