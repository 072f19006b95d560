import { describe, expect, it } from "vitest";
import { formatProgram, input, program, sym } from "../../src/graph/index.ts";
import { type Rule, replacement, rewrite } from "../../src/graph/rewrite.ts";
import { Tensor } from "../../src/graph/tensor.ts";
import { add, exp, greater, log, loop, mul, reshape, split, sum, tanh } from "../../src/ops/index.ts";

const type = { shape: [sym("n"), 4], dtype: "float32" } as const;
const x = input("x", type);

/** log(eˣ) is x. */
const logOfExp: Rule = (node) => {
  const [inner] = node.op.name === "log" ? node.inputs : [];
  if (inner?.node.op.name !== "exp") return undefined;
  return replacement([new Tensor(node, 0)], { x: inner.node.inputs[0]! }, ({ x }) => [x]);
};

/** A rule for nodes of one op. */
const replacing = (op: string, make: (x: Tensor) => Tensor): Rule => {
  return (node) =>
    node.op.name === op ? replacement([new Tensor(node, 0)], { x: node.inputs[0]! }, ({ x }) => [make(x)]) : undefined;
};

describe("rewrite", () => {
  it("leaves a program that no rule changes as it is, node for node", async () => {
    const closed = program("p", { y: add(exp(x), 1) });
    const now = await rewrite(closed, [logOfExp]);
    expect(now.outputs.get("y")!.node).toBe(closed.outputs.get("y")!.node);
  });

  it("puts tensors in the place of others, wherever these are read, and drops what nothing reads any more", async () => {
    const twice = log(exp(x));
    const now = await rewrite(program("p", { y: mul(tanh(twice), twice), z: twice }), [logOfExp]);
    expect(formatProgram(now)).toBe(formatProgram(program("p", { y: mul(tanh(x), x), z: x })));
  });

  it("makes a node of several outputs once", async () => {
    const [a, b] = split(log(exp(x)), [1, 3], 1) as [Tensor, Tensor];
    const now = await rewrite(program("p", { a, b }), [logOfExp]);
    expect(now.outputs.get("a")!.node).toBe(now.outputs.get("b")!.node);
    expect(formatProgram(now).match(/split\(/g)).toHaveLength(1);
  });

  it("replaces tensors of several nodes by what one made", async () => {
    const [left, right] = [exp(x), tanh(x)];
    const both: Rule = (node) => {
      if (node !== right.node) return undefined;
      return replacement([left, right], { x }, ({ x }) => {
        const shared = add(x, 1);
        return [shared, mul(shared, 2)];
      });
    };
    const now = await rewrite(program("p", { y: add(left, right) }), [both]);
    const shared = add(x, 1);
    expect(formatProgram(now)).toBe(formatProgram(program("p", { y: add(shared, mul(shared, 2)) })));
  });

  it("gives a tensor that two rules want to the first of them", async () => {
    const rules = [replacing("exp", (of) => add(of, 1)), replacing("exp", (of) => add(of, 2))];
    const now = await rewrite(program("p", { y: tanh(exp(x)) }), rules);
    expect(formatProgram(now)).toBe(formatProgram(program("p", { y: tanh(add(x, 1)) })));
  });

  it("tells rules how often a tensor is read, outputs included", async () => {
    const seen = new Map<string, number>();
    const counting: Rule = (node, uses) => {
      seen.set(node.op.name, uses(new Tensor(node, 0)));
      return undefined;
    };
    const shared = exp(x);
    await rewrite(program("p", { y: mul(shared, shared), z: shared }), [counting]);
    expect(seen).toEqual(
      new Map([
        ["input", 1],
        ["exp", 3],
        ["mul", 1],
      ]),
    );
  });

  it("rewrites what loops repeat", async () => {
    const build = (twice: (x: Tensor) => Tensor) => {
      const { each } = loop(sym("n"), { state: sum(x) }, ({ state }) => {
        const next = twice(add(state, 1));
        return { goesOn: greater(next, 0), next: { state: next }, each: { each: next } };
      });
      return program("p", { each });
    };
    const now = await rewrite(
      build((of) => log(exp(of))),
      [logOfExp],
    );
    expect(formatProgram(now)).toBe(formatProgram(build((of) => of)));
  });

  it("is no deeper on the stack for a deeper graph", async () => {
    let [deep, plain] = [x, x];
    for (let i = 0; i < 20_000; i++) [deep, plain] = [tanh(log(exp(deep))), tanh(plain)];
    const now = await rewrite(program("p", { y: deep }), [logOfExp]);
    expect(formatProgram(now).length).toBe(formatProgram(program("p", { y: plain })).length);
  });

  it("refuses a rule that changes a type, and one by which a tensor depends on itself", async () => {
    const closed = program("p", { y: tanh(exp(x)) });
    const flat = replacing("exp", (of) => reshape(of, [sym("n"), 2, 2]));
    await expect(rewrite(closed, [flat])).rejects.toMatchObject({
      code: "GRAPH_INVALID",
      message: expect.stringContaining("output of exp"),
    });
    const circle: Rule = (node) =>
      node.op.name === "exp"
        ? replacement([new Tensor(node, 0)], { y: closed.outputs.get("y")! }, ({ y }) => [y])
        : undefined;
    await expect(rewrite(closed, [circle])).rejects.toMatchObject({
      code: "GRAPH_INVALID",
      message: expect.stringContaining("depend on itself"),
    });
  });
});
