import { HeedError } from "../error.ts";
import { symbolName, symbolsIn } from "./dim.ts";
import { applyOne, type InputAttrs, type Node, type OpDef, type Program, Tensor, type TensorType } from "./tensor.ts";

/** A value fed on every call. It has no gradient rule: reverse mode stops here. */
const inputOp: OpDef<InputAttrs> = {
  name: "input",
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  vjp: () => [],
  onnx: (_emit, _inputs, { attrs }) => [attrs.name],
};

/** A named input of a program. */
export function input(name: string, type: TensorType): Tensor {
  return applyOne(inputOp, [], { name, shape: type.shape, dtype: type.dtype });
}

/** A tensor of zeros and ones that the runtime draws from the call's RandomKey and the name alone. */
export function randomMask(name: string, shape: TensorType["shape"], keepRate: number): Tensor {
  return applyOne(inputOp, [], { name, shape, dtype: "uint8", random: { keepRate } });
}

/** Attributes of an input, or undefined for any other tensor. */
export function inputAttrs(tensor: Tensor): InputAttrs | undefined {
  return tensor.node.op === (inputOp as OpDef<never>) ? (tensor.node.attrs as InputAttrs) : undefined;
}

/** Closes a graph over its outputs. */
export function program(
  name: string,
  outputs: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
): Program {
  const named = outputs instanceof Map ? (outputs as ReadonlyMap<string, Tensor>) : new Map(Object.entries(outputs));
  const inputs = new Map<string, InputAttrs>();
  for (const node of sortNodes([...named.values()])) {
    const attrs = inputAttrs(new Tensor(node, 0));
    if (attrs === undefined) continue;
    const known = inputs.get(attrs.name);
    if (known !== undefined && known !== attrs) {
      throw new HeedError("GRAPH_INVALID", `The program "${name}" has two inputs named "${attrs.name}".`);
    }
    inputs.set(attrs.name, attrs);
  }
  const closed: Program = { name, inputs: [...inputs.values()], outputs: named };
  checkSymbolsAreBound(closed);
  return closed;
}

/** Nodes that the tensors depend on, each after its inputs. Iterative: a deep graph must not exhaust the stack. */
export function sortNodes(tensors: readonly Tensor[]): Node[] {
  const sorted: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack = tensors.map((tensor) => tensor.node).reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!;
    if (state.get(node) === undefined) {
      state.set(node, "open");
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const child = node.inputs[i]!.node;
        if (state.get(child) === undefined) stack.push(child);
      }
      continue;
    }
    stack.pop();
    if (state.get(node) === "open") {
      state.set(node, "done");
      sorted.push(node);
    }
  }
  return sorted;
}

/** Every symbol must stand alone as a dimension of some input that is fed: that is where its value comes from. */
function checkSymbolsAreBound({ name, inputs, outputs }: Program): void {
  const fed = inputs.filter((attrs) => attrs.random === undefined);
  const bound = new Set(fed.flatMap((attrs) => attrs.shape.map(symbolName)));
  const nodes = sortNodes([...outputs.values()]);
  for (const symbol of nodes.flatMap((n) => n.outputs.flatMap((t) => t.shape.flatMap(symbolsIn)))) {
    if (!bound.has(symbol)) {
      throw new HeedError("GRAPH_INVALID", `The program "${name}" has no input that gives the dimension "${symbol}".`);
    }
  }
}
