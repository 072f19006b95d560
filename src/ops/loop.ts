import { HeedError } from "../error.ts";
import { type Dim, isSym, shapeEquals, substituteDim, symbolName, symbolsIn } from "../graph/dim.ts";
import { input, inputAttrs, program, sortNodes } from "../graph/program.ts";
import {
  apply,
  type InputAttrs,
  type OpDef,
  type Program,
  shapeError,
  Tensor,
  type TensorType,
} from "../graph/tensor.ts";

interface LoopAttrs {
  /** Outputs: whether to go on, what is carried to the next iteration, in order, and what is stacked. */
  readonly body: Program;
  /** The body's inputs that are carried. Its others are the iteration's number and inputs of the program around it. */
  readonly carried: readonly InputAttrs[];
  readonly most: Dim;
}

/** Inputs of every body. */
const iterationInput: InputAttrs = { name: "loop.iteration", shape: [], dtype: "int64" };
const goesOnInput: InputAttrs = { name: "loop.goesOn", shape: [], dtype: "bool" };

export const loopOp: OpDef<LoopAttrs> = {
  name: "loop",
  infer(given, { body, carried, most }) {
    const [goesOn, ...others] = [...body.outputs.values()];
    const [next, stacked] = [others.slice(0, carried.length), others.slice(carried.length)];
    const sizes = nextSizes(carried, next);
    checkCarried(carried, next, sizes);
    checkSteady([...given.slice(carried.length), ...stacked], sizes);
    if (goesOn!.dtype !== "bool" || goesOn!.rank > 0) throw shapeError("loop", "one bool to go on", [goesOn!]);
    return stacked.map(({ shape, dtype }) => ({ shape: [most, ...shape], dtype }));
  },
  vjp() {
    throw new HeedError("GRAPH_INVALID", "loop has no gradient: it is for decoding.");
  },
  onnx(emit, initial, { outputs, attrs: { body, carried, most } }) {
    const inputs = [iterationInput, goesOnInput, ...carried];
    const results = emit.node(
      "Loop",
      [emit.shape([most]), "", ...initial.slice(0, carried.length)],
      { body: { subgraph: { program: body, inputs } } },
      { outputs: carried.length + outputs.length },
    );
    return results.slice(carried.length);
  },
  body: ({ body }) => body,
  withBody: (attrs, body) => ({ ...attrs, body }),
};

/** What an iteration gives. */
export interface Iteration<C, S> {
  /** Whether another one is to follow. Shape: [] bool. */
  readonly goesOn: Tensor;
  /** What the next one is given: of the same names and types, though dimensions may grow. */
  readonly next: C;
  /** What is returned of every iteration. */
  readonly each: S;
}

/**
 * Repeats an iteration, until it says that it goes on no more and at most `most` times, within one call of the engine. The
 * iteration may use any tensor from outside; those that are no inputs of the program are computed anew every time. There
 * is no loop within a loop.
 *
 * A dimension that grows is a symbol of the carried tensors' types: in the iteration it stands for the present size, and
 * it becomes the same in all of them.
 *
 * Shape: each → [iterations, …]. The type says `most` for the first dimension, but as many rows are there as iterations
 * were made.
 */
export function loop<C extends Readonly<Record<string, Tensor>>, S extends Readonly<Record<string, Tensor>>>(
  most: Dim,
  initial: C,
  iterate: (carried: C, iteration: Tensor) => Iteration<C, S>,
): S {
  const names = Object.keys(initial);
  const own = names.map((name) => input(`loop.${name}`, initial[name]!));
  const iteration = input(iterationInput.name, iterationInput);
  const given = Object.fromEntries(names.map((name, i) => [name, own[i]!])) as C;
  const { goesOn, next, each } = iterate(given, iteration);
  const missing = names.find((name) => next[name] === undefined);
  if (missing !== undefined)
    throw new HeedError("GRAPH_INVALID", `loop: an iteration does not give the next "${missing}".`);
  const body = program(
    "iteration",
    new Map([
      ["goesOn", goesOn],
      ...names.map((name) => [`next.${name}`, next[name]!] as const),
      ...Object.entries(each).map(([name, tensor]) => [`each.${name}`, tensor] as const),
    ]),
  );
  const nodes = sortNodes([...body.outputs.values()]);
  if (nodes.some(({ op }) => op === (loopOp as OpDef<never>))) {
    throw new HeedError("GRAPH_INVALID", "loop: there is a loop within a loop, which is not supported.");
  }
  const ownNodes = new Set([...own, iteration].map(({ node }) => node));
  const captured = nodes.map((node) => new Tensor(node, 0)).filter((x) => inputAttrs(x) && !ownNodes.has(x.node));
  const carried = own.map((tensor) => inputAttrs(tensor)!);
  const stacked = apply(loopOp, [...names.map((name) => initial[name]!), ...captured], { body, carried, most });
  return Object.fromEntries(Object.keys(each).map((name, i) => [name, stacked[i]!])) as unknown as S;
}

/** What each symbol that stands alone in a carried tensor's shape becomes in the next iteration. */
function nextSizes(carried: readonly TensorType[], next: readonly TensorType[]): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  carried.forEach(({ shape }, i) => {
    shape.forEach((dim, axis) => {
      const name = symbolName(dim);
      if (name !== undefined && !sizes.has(name)) sizes.set(name, next[i]!.shape[axis] ?? 0);
    });
  });
  return sizes;
}

function checkCarried(
  carried: readonly InputAttrs[],
  next: readonly TensorType[],
  sizes: ReadonlyMap<string, Dim>,
): void {
  const differs = carried.findIndex((type, i) => !mayBecome(type, next[i]!, sizes));
  if (differs < 0) return;
  const what = `"${carried[differs]!.name}" of one type in all iterations, where only symbols may grow, and all alike`;
  throw shapeError("loop", what, [carried[differs]!, next[differs]!]);
}

/** What comes from outside is the same in all iterations, and what is stacked has one shape in all. */
function checkSteady(types: readonly TensorType[], sizes: ReadonlyMap<string, Dim>): void {
  const grows = (name: string) => sizes.has(name) && symbolName(sizes.get(name)!) !== name;
  const growing = types.find(({ shape }) => shape.flatMap(symbolsIn).some(grows));
  if (growing !== undefined) {
    throw shapeError("loop", "what comes from outside or is stacked not to grow", [growing]);
  }
}

/** Whether an input of that type may stand for the other in a later iteration, where symbols have other values. */
function mayBecome({ dtype, shape }: TensorType, next: TensorType, sizes: ReadonlyMap<string, Dim>): boolean {
  const grown = shape.map((dim) => substituteDim(dim, sizes));
  return (
    dtype === next.dtype && shapeEquals(grown, next.shape) && shape.every((dim, i) => isSym(dim) === isSym(grown[i]!))
  );
}
