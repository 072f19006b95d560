import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { addDims, type Dim, type DType, input, sym, type Tensor } from "../../src/graph/index.ts";
import {
  add,
  broadcastTo,
  cast,
  concat,
  crossEntropy,
  gather,
  greater,
  layerNorm,
  loop,
  matmul,
  pad,
  projectedCrossEntropy,
  put,
  reshape,
  rmsNorm,
  scatterAdd,
  slice,
  split,
  sum,
  take,
  topK,
  transpose,
  where,
} from "../../src/ops/index.ts";

const m = sym("m");
const n = sym("n");
const float = (...shape: Dim[]) => tensor("float32", shape);
const ints = (...shape: Dim[]) => tensor("int32", shape);

function tensor(dtype: DType, shape: readonly Dim[]): Tensor {
  return input("x", { shape, dtype });
}

/** A loop that carries x to the next iteration as the given tensor. */
function carrying(x: Tensor, next: (x: Tensor) => Tensor, goesOn = (y: Tensor) => greater(sum(y), 0)): unknown {
  return loop(m, { x }, (carried) => ({ goesOn: goesOn(carried.x), next: { x: next(carried.x) }, each: {} }));
}

const refused: readonly (readonly [what: string, call: () => unknown, message: RegExp])[] = [
  ["two sizes", () => add(float(2, 3), float(2, 4)), /add: .*float32\[2, 3\] and float32\[2, 4\]/],
  [
    "what a loop carries to become another type",
    () => carrying(float(2), (x) => cast(x, "int32")),
    /loop: expected "loop.x" of one type/,
  ],
  [
    "what a loop carries to grow where no symbol stands",
    () => carrying(float(2), (x) => pad(x, 0, 0, 1)),
    /only symbols may grow/,
  ],
  [
    "what a loop carries to grow by other steps than the rest",
    () =>
      loop(m, { x: float(n), y: float(addDims(n, 1)) }, ({ x, y }) => ({
        goesOn: greater(sum(x), 0),
        next: { x: pad(x, 0, 0, 1), y: pad(y, 0, 0, 2) },
        each: {},
      })),
    /"loop.y" of one type in all iterations, where only symbols may grow, and all alike/,
  ],
  [
    "a loop to use from outside what grows within",
    () => {
      const x = float(n);
      return carrying(x, (y) => pad(add(x, y), 0, 0, 1));
    },
    /loop: expected what comes from outside or is stacked not to grow/,
  ],
  [
    "a loop to stack what grows",
    () =>
      loop(m, { x: float(n) }, ({ x }) => ({
        goesOn: greater(sum(x), 0),
        next: { x: pad(x, 0, 0, 1) },
        each: { x },
      })),
    /loop: expected what comes from outside or is stacked not to grow/,
  ],
  ["a loop to go on by a number", () => carrying(float(2), (x) => x, sum), /loop: expected one bool to go on/],
  ["two symbols", () => add(float(m), float(n)), /add: .*\[m\] and float32\[n\]/],
  ["a symbol and a number", () => add(float(m), float(2)), /add/],
  ["two element types", () => add(float(2), ints(2)), /add: expected one element type/],
  ["two element types in where", () => where(tensor("bool", [2]), float(2), ints(2)), /where/],
  ["a condition of another shape", () => where(tensor("bool", [3]), float(2), float(2)), /where/],
  ["unequal inner dimensions", () => matmul(float(2, 3), float(4, 5)), /matmul: expected equal inner dimensions/],
  ["a transposed operand", () => matmul(float(2, 3), float(3, 5), { transB: true }), /matmul/],
  ["a vector in matmul", () => matmul(float(3), float(3, 4)), /matmul: expected two matrices/],
  ["unequal batch axes", () => matmul(float(2, 3, 4), float(5, 4, 3)), /matmul/],
  ["another number of elements", () => reshape(float(2, n), [n, 3]), /reshape: .*\[2, n\] and float32\[n, 3\]/],
  ["a permutation of other axes", () => transpose(float(2, 3), [0, 0]), /transpose/],
  ["a permutation of fewer axes", () => transpose(float(2, 3), [0]), /transpose/],
  ["an axis too many", () => sum(float(2, 3), [2]), /sum: expected an axis between -2 and 1 \(not 2\)/],
  ["a fraction of an axis", () => sum(float(2, 3), [0.5]), /not 0.5/],
  ["concat of other shapes", () => concat([float(2, 3), float(2, 4)], 0), /concat: .*axis 0/],
  ["concat of other ranks", () => concat([float(2, 3), float(2)], 1), /concat/],
  ["concat of other element types", () => concat([float(2), ints(2)], 0), /concat/],
  ["split into other sizes", () => split(float(5), [2, 2], 0), /split/],
  ["split of a symbol into others", () => split(float(n), [1, n], 0), /split/],
  ["a slice that starts before", () => slice(float(4), 0, -1, 3), /slice: .*axis 0 \(not -1 to 3\)/],
  ["a slice that ends after", () => slice(float(4), 0, 1, 5), /slice/],
  ["a slice that ends after a symbol", () => slice(float(n), 0, 1, addDims(n, 1)), /slice/],
  ["a slice that ends before it starts", () => slice(float(4), 0, 3, 1), /slice/],
  ["a negative pad", () => pad(float(4), 0, -1, 0), /pad/],
  ["broadcasting away an axis", () => broadcastTo(float(2, 3), [3]), /broadcastTo/],
  ["broadcasting another size", () => broadcastTo(float(2), [3]), /broadcastTo/],
  ["rows of a vector", () => gather(float(4), ints(2)), /gather/],
  ["updates without their indices", () => scatterAdd(float(2, 4), ints(3), 5), /scatterAdd/],
  ["elements of other rows", () => take(float(3, 4), ints(2, 1)), /take/],
  ["elements of another rank", () => take(float(3, 4), ints(3)), /take/],
  ["put of other shapes", () => put(float(3, 2), ints(3, 1), 4), /put/],
  ["more than there is", () => topK(float(3), 4), /topK: expected at least 4/],
  ["a scale of another width", () => layerNorm(float(n, 4), float(4), float(5), 1e-5), /layerNorm/],
  ["a scale of another width", () => rmsNorm(float(n, 4), float(5), 1e-6), /rmsNorm/],
  ["a width that is a symbol", () => rmsNorm(float(2, n), float(n), 1e-6), /rmsNorm/],
  ["a width that is a symbol", () => layerNorm(float(2, n), float(n), float(n), 1e-5), /layerNorm/],
  ["labels of other positions", () => crossEntropy(float(n, 4), ints(m)), /crossEntropy/],
  ["logits with three axes", () => crossEntropy(float(2, n, 4), ints(n)), /crossEntropy/],
  ["states of another width", () => projectedCrossEntropy(float(n, 4), float(5, 6), ints(n)), /projectedCrossEntropy/],
  ["labels of other states", () => projectedCrossEntropy(float(n, 4), float(4, 6), ints(m)), /projectedCrossEntropy/],
  ["a vocabulary that is a symbol", () => crossEntropy(float(2, n), ints(2)), /crossEntropy/],
];

describe("shape rules refuse", () => {
  it.each(refused)("%s", (_, call, message) => {
    expect(call).toThrow(HeedError);
    expect(call).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH", message: expect.stringMatching(message) }));
  });
});
