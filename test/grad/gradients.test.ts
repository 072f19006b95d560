import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { gradients } from "../../src/grad/index.ts";
import {
  apply,
  float32,
  formatProgram,
  input,
  int32,
  program,
  sortNodes,
  sym,
  type Tensor,
  type TensorData,
} from "../../src/graph/index.ts";
import { crossEntropyGradOp } from "../../src/ops/cross-entropy.ts";
import {
  add,
  cast,
  constant,
  crossEntropy,
  exp,
  matmul,
  mul,
  scalarConstant,
  split,
  stopGradient,
  sum,
  tanh,
  topK,
  zerosLike,
} from "../../src/ops/index.ts";
import { evaluate } from "../ops/run.ts";

const n = sym("n");
const x = input("x", { shape: [n], dtype: "float32" });
const dy = input("dy", { shape: [n], dtype: "float32" });
const unused = input("unused", { shape: [2, n], dtype: "float64" });
const feeds = new Map<string, TensorData>([
  ["x", float32([3], [1, 2, 4])],
  ["dy", float32([3], [1, 10, 100])],
  ["logits", float32([2, 3], [0, 1, 2, 3, 0, 0])],
  ["labels", int32([2], [1, -100])],
]);

async function numbers(y: Tensor): Promise<number[]> {
  const results = await evaluate(program("test", { y, x }), feeds);
  return Array.from(results.get("y")!.data, Number);
}

/** The gradient of ⟨dy, y⟩ with respect to x. */
async function gradient(y: Tensor, wrt: Tensor = x): Promise<number[]> {
  return numbers(gradients([{ of: y, is: dy }], [wrt])[0]!);
}

describe("gradients", () => {
  it("of a tensor with respect to itself is what arrives", () => {
    expect(gradients([{ of: x, is: dy }], [x])).toEqual([dy]);
  });

  it("add up over all uses of a tensor", async () => {
    expect(await gradient(add(add(x, x), mul(x, 3)))).toEqual([5, 50, 500]);
    expect(await gradient(mul(x, mul(x, x)))).toEqual([3, 120, 4800]);
  });

  it("add up over outputs, one of which is an intermediate of the other", async () => {
    const middle = mul(x, 3);
    const end = mul(middle, middle);
    const [dx, dMiddle] = gradients(
      [
        { of: end, is: dy },
        { of: middle, is: scalarLike(2) },
      ],
      [x, middle],
    );
    expect(await numbers(dMiddle!)).toEqual([8, 122, 2402]);
    expect(await numbers(dx!)).toEqual([24, 366, 7206]);
  });

  it("add up where one output is named twice", async () => {
    const y = mul(x, 2);
    const [dx] = gradients(
      [
        { of: y, is: dy },
        { of: y, is: dy },
      ],
      [x],
    );
    expect(await numbers(dx!)).toEqual([4, 40, 400]);
  });

  it("are zeros of the same type where nothing depends on a tensor", async () => {
    const [d] = gradients([{ of: exp(x), is: dy }], [unused]);
    expect([d!.shape, d!.dtype]).toEqual([unused.shape, "float64"]);
    const zeros = program("zeros", { d: gradients([{ of: exp(x), is: dy }], [mul(x, 5)])[0]!, x });
    expect(Array.from((await evaluate(zeros, feeds)).get("d")!.data, Number)).toEqual([0, 0, 0]);
  });

  it("stop where they are told to", async () => {
    expect(await gradient(mul(stopGradient(x), x))).toEqual([1, 20, 400]);
    expect(await gradient(stopGradient(mul(x, x)))).toEqual([0, 0, 0]);
  });

  it("do not flow through integers", async () => {
    expect(await gradient(mul(cast(cast(x, "int32"), "float32"), x))).toEqual([1, 20, 400]);
  });

  it("may be differentiated again", async () => {
    const [first] = gradients([{ of: mul(x, mul(x, x)), is: dy }], [x]);
    const [second] = gradients([{ of: first!, is: scalarLike(1) }], [x]);
    expect(await numbers(second!)).toEqual([6, 120, 2400]);
  });

  it("ask for no rule of a node that the tensors of interest do not reach", async () => {
    const constantLogs = constant(float32([1, 2], [-1, -1]));
    const [noRule] = apply(crossEntropyGradOp, [constant(float32([1], [1])), constantLogs, constant(int32([1], [0]))], {
      smoothing: 0,
    });
    expect(await gradient(add(x, sum(noRule!)))).toEqual([1, 10, 100]);
    expect(gradients([{ of: noRule!, is: noRule! }], [x])[0]!.node.op.name).toBe("zerosLike");
  });

  it("refuse a gradient of another shape than its value's", () => {
    expect(() => gradients([{ of: sum(x), is: dy }], [x])).toThrow(HeedError);
    expect(() => gradients([{ of: sum(x), is: dy }], [x])).toThrow(/"sum" does not have the shape/);
  });
});

describe("gradients of nodes with several outputs", () => {
  const logits = input("logits", { shape: [n, 3], dtype: "float32" });
  const labels = input("labels", { shape: [n], dtype: "int32" });

  it("are zero in the parts of a split that are not used", async () => {
    const y = input("x", { shape: [3], dtype: "float32" });
    const [, middle] = split(y, [1, 1, 1], 0);
    const [d] = gradients([{ of: middle!, is: constant(float32([1], [7])) }], [y]);
    expect(Array.from((await evaluate(program("test", { d: d! }), feeds)).get("d")!.data, Number)).toEqual([0, 7, 0]);
  });

  it("come from the values of topK, not from its indices", async () => {
    const y = input("x", { shape: [3], dtype: "float32" });
    const { values, indices } = topK(y, 2);
    const weighted = mul(values, add(cast(indices, "float32"), 1));
    const [d] = gradients([{ of: weighted, is: constant(float32([2], [1, 1])) }], [y]);
    expect(Array.from((await evaluate(program("test", { d: d! }), feeds)).get("d")!.data, Number)).toEqual([0, 2, 3]);
  });

  it("come from the loss or the log-probabilities of crossEntropy, or both", async () => {
    const { loss, logProbs } = crossEntropy(logits, labels, 0.1);
    const dLoss = add(mul(loss, 0), 1);
    const dLogProbs = zerosLike(logits);
    const of = async (...cotangents: { of: Tensor; is: Tensor }[]) => {
      const results = await evaluate(program("test", { d: gradients(cotangents, [logits])[0]!, logits }), feeds);
      return Array.from(results.get("d")!.data, Number);
    };
    const fromLoss = await of({ of: loss, is: dLoss });
    const fromBoth = await of({ of: loss, is: dLoss }, { of: logProbs, is: dLogProbs });
    expect(fromBoth).toEqual(fromLoss);
    expect(await of({ of: logProbs, is: dLogProbs })).toEqual([0, 0, 0, 0, 0, 0]);
    expect(fromLoss.slice(3)).toEqual([0, 0, 0]);
    expect(fromLoss[1]).toBeLessThan(0);
  });
});

describe("the backward graph", () => {
  it("holds nothing that the gradients asked for do not need", () => {
    const w = input("w", { shape: [3, 3], dtype: "float32" });
    const rows = input("x", { shape: [n, 3], dtype: "float32" });
    const y = matmul(rows, w);
    const [dw] = gradients([{ of: y, is: input("dy", y) }], [w]);
    expect(formatProgram(program("weight gradient", { dw: dw! }))).toMatchInlineSnapshot(`
      "program weight gradient
      inputs
        x: float32[n, 3]
        dy: float32[n, 3]
      nodes
        %0 = matmul(x, dy, transA=true, alpha=1) : float32[3, 3]
      outputs
        dw: %0"
    `);
  });

  it("of a chain of 10,000 nodes needs no stack", () => {
    let y = x;
    for (let i = 0; i < 10_000; i++) y = tanh(y);
    const [dx] = gradients([{ of: y, is: dy }], [x]);
    expect(sortNodes([dx!]).length).toBeGreaterThan(40_000);
  });
});

function scalarLike(value: number): Tensor {
  return add(mul(x, 0), scalarConstant(value));
}
