import { expect, it } from "vitest";
import { addDims, float32, input, int32, program, sym } from "../../../src/graph/index.ts";
import { add, cast, matmul, mul, sum } from "../../../src/ops/index.ts";
import { batch, floats } from "../programs.ts";
import { b, numbers, type Subject } from "./subject.ts";

/** What is said where tensors do not fit a program. */
export function mismatches(subject: Subject): void {
  const source = sym("source");
  const past = sym("past");
  const attend = program("attend", {
    y: add(
      mul(
        cast(input("inputIds", { shape: [batch, source], dtype: "int32" }), "float32"),
        floats("attentionMask", [batch, source]),
      ),
      sum(matmul(floats("keys", [past, 3]), floats("next", [3, addDims(past, 1)]))),
    ),
  });
  const good = {
    inputIds: int32([1, 2], [1, 2]),
    attentionMask: float32([1, 2], [1, 1]),
    keys: float32([1, 3], [1, 1, 1]),
    next: float32([3, 2], [1, 1, 1, 1, 1, 1]),
  };

  it("accepts what fits, and ignores inputs that it does not have", async () => {
    const values = await subject.run(attend, { ...good, unknown: b });
    expect(await numbers(values, "y")).toEqual([7, 8]);
  });

  it.each([
    [
      "two sizes of a symbol",
      { attentionMask: float32([1, 3], [1, 1, 1]) },
      '"source" is 2 in inputIds, 3 in attentionMask.',
    ],
    [
      "a wrong rank",
      { attentionMask: float32([2], [1, 1]) },
      '"attentionMask", float32[batch, source], was fed float32[2].',
    ],
    ["a wrong type", { inputIds: float32([1, 2], [1, 2]) }, '"inputIds", int32[batch, source], was fed float32[1,2].'],
    [
      "a wrong fixed size",
      { keys: float32([1, 2], [1, 1]) },
      '"keys", float32[past, 3], must be [1,3] (past is 1 in keys), but was fed [1,2].',
    ],
    [
      "a wrong expression",
      { next: float32([3, 1], [1, 1, 1]) },
      '"next", float32[3, past+1], must be [3,2] (past is 1 in keys), but was fed [3,1].',
    ],
  ])("refuses %s", async (_, wrong, message) => {
    await expect(subject.run(attend, { ...good, ...wrong })).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: `Program "attend": ${message}`,
    });
  });

  it("refuses a missing input", async () => {
    const { keys, ...rest } = good;
    await expect(subject.run(attend, rest)).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: 'Program "attend": "keys", float32[past, 3], is missing.',
    });
  });
}
