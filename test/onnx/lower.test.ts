import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import {
  addDims,
  float32,
  input,
  mulDims,
  type Program,
  program,
  sym,
  type TensorData,
} from "../../src/graph/index.ts";
import { ModelProtoSchema } from "../../src/onnx/generated/onnx_pb.ts";
import { lower } from "../../src/onnx/index.ts";
import {
  add,
  broadcastTo,
  constant,
  gather,
  matmul,
  mul,
  reshape,
  scalarConstant,
  slice,
  stopGradient,
  sum,
  tanh,
} from "../../src/ops/index.ts";
import { evaluate, run, runtime } from "../ops/run.ts";

const n = sym("n");
const x = input("x", { shape: [n, 2], dtype: "float32" });
const w = input("w", { shape: [2, 2], dtype: "float32" });
const feeds = new Map<string, TensorData>([["x", float32([1, 2], [3, 4])]]);

async function graphOf(program: Program, constants?: ReadonlyMap<string, TensorData>) {
  const model = fromBinary(ModelProtoSchema, (await lower(program, "cpu", constants)).bytes);
  return model.graph!;
}

const opTypes = async (closed: Program) => (await graphOf(closed)).node.map(({ opType }) => opType);

describe("outputs", () => {
  it.each([
    ["an input", { y: x }, { y: [3, 4] }],
    ["an input under its own name", { x }, { x: [3, 4] }],
    ["one value under two names", { a: mul(x, 2), x }, { a: [6, 8], x: [3, 4] }],
    ["an intermediate", { b: tanh(mul(x, 0)), a: mul(x, 0), x }, { a: [0, 0], b: [0, 0] }],
    ["what passes through unchanged", { a: stopGradient(x), b: stopGradient(mul(x, 2)) }, { a: [3, 4], b: [6, 8] }],
    ["a constant", { a: constant(float32([2], [5, 6])), x }, { a: [5, 6] }],
  ] as const)("may be %s", async (_, outputs, expected) => {
    const results = await evaluate(program("test", outputs), feeds);
    for (const [name, numbers] of Object.entries(expected)) {
      expect(Array.from(results.get(name)!.data, Number), name).toEqual(numbers);
    }
  });

  it("may be one tensor under several names", async () => {
    const y = mul(x, 2);
    const results = await evaluate(program("test", { a: y, b: y, c: y, next: add(y, 1) }), feeds);
    expect(["a", "b", "c", "next"].map((name) => Array.from(results.get(name)!.data, Number))).toEqual([
      [6, 8],
      [6, 8],
      [6, 8],
      [7, 9],
    ]);
  });
});

describe("constants", () => {
  it("that are equal are stored once", async () => {
    const y = add(mul(add(x, 2), 2), mul(tanh(x), scalarConstant(2)));
    expect((await graphOf(program("test", { y }))).initializer).toHaveLength(1);
  });

  it("of different types or shapes are not mixed up", async () => {
    const one = constant(float32([1, 1], [2]));
    const y = add(add(x, 2), one);
    expect((await graphOf(program("test", { y }))).initializer).toHaveLength(2);
    expect(Array.from((await evaluate(program("test", { y }), feeds)).get("y")!.data, Number)).toEqual([7, 8]);
  });

  it("may take the place of inputs, and give dimensions", async () => {
    const y = broadcastTo(sum(matmul(x, w)), [addDims(n, 1)]);
    const closed = program("test", { y });
    const constants = new Map<string, TensorData>([["x", float32([3, 2], [1, 0, 0, 1, 1, 1])]]);
    expect((await graphOf(closed, constants)).input.map(({ name }) => name)).toEqual(["w"]);
    await using executable = await runtime.compile(closed, { constants });
    const results = await run(executable, new Map([["w", float32([2, 2], [1, 2, 3, 4])]]));
    expect(Array.from(results.get("y")!.data, Number)).toEqual([20, 20, 20, 20]);
  });
});

describe("nodes", () => {
  it("are named after the op that they belong to", async () => {
    const { node } = await graphOf(program("test", { y: tanh(matmul(x, w)), x }));
    expect(node.map(({ name }) => name)).toEqual(["matmul/0", "tanh/1", "output/2"]);
  });

  it("compute a dimension once", async () => {
    const repeated = add(broadcastTo(scalarConstant(1), [n]), mul(broadcastTo(scalarConstant(2), [n]), sum(x, [1])));
    expect((await opTypes(program("test", { y: repeated }))).filter((type) => type === "Shape")).toHaveLength(1);
  });

  it("compute no dimension where a reshape can copy or infer it", async () => {
    const heads = input("heads", { shape: [n, sym("m"), 4], dtype: "float32" });
    const y = reshape(reshape(heads, [n, sym("m"), 2, 2]), [mulDims(mulDims(n, sym("m")), 4)]);
    expect(await opTypes(program("test", { y }))).toEqual(["Reshape", "Reshape"]);
  });

  it("that multiply matrices are plain where nothing is transposed or scaled", async () => {
    expect(await opTypes(program("test", { y: matmul(x, w) }))).toEqual(["MatMul"]);
    expect(await opTypes(program("test", { y: matmul(x, w, { transB: true }) }))).toEqual(["FusedMatMul"]);
  });

  it("take int32 indices as they are", async () => {
    const ids = input("ids", { shape: [n], dtype: "int32" });
    expect(await opTypes(program("test", { y: gather(w, ids) }))).toEqual(["Gather"]);
  });
});

describe("a lowered program", () => {
  it("is plain data, with what must be known to feed it", async () => {
    const { name, inputs, outputs, bytes } = structuredClone(
      await lower(program("step", { y: matmul(x, w), x }), "cpu"),
    );
    expect({ name, inputs, outputs }).toEqual({
      name: "step",
      inputs: [
        { name: "x", shape: [n, 2], dtype: "float32" },
        { name: "w", shape: [2, 2], dtype: "float32" },
      ],
      outputs: ["y", "x"],
    });
    expect(bytes).toBeInstanceOf(Uint8Array);
  });

  it("says which symbol no input gives, also where no shape has it", async () => {
    const past = sym("past");
    const closed = program("test", { y: slice(broadcastTo(x, [n, 2]), 0, past, addDims(past, 1)) });
    await expect(lower(closed, "cpu")).rejects.toThrow(HeedError);
    await expect(lower(closed, "cpu")).rejects.toThrow(/"past"/);
  });
});
