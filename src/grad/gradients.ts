import { HeedError } from "../error.ts";
import { shapeEquals } from "../graph/dim.ts";
import { sortNodes } from "../graph/program.ts";
import { type Node, type OpDef, Tensor } from "../graph/tensor.ts";
import { add } from "../ops/binary.ts";
import { sumTo } from "../ops/reduce.ts";
import { zerosLike } from "../ops/shape.ts";

/** An output of the graph and the gradient that arrives there. */
export interface Cotangent {
  readonly of: Tensor;
  /** Same shape as `of`. */
  readonly is: Tensor;
}

/**
 * Reverse-mode differentiation: the gradients of Σ ⟨of, is⟩ with respect to tensors of the graph, as new tensors.
 * Where nothing depends on a tensor its gradient is zero.
 */
export function gradients(cotangents: readonly Cotangent[], wrt: readonly Tensor[]): Tensor[] {
  const flows = new Flows();
  for (const { of, is } of cotangents) flows.add(of, is);
  const nodes = sortNodes(cotangents.map(({ of }) => of));
  const needed = dependents(nodes, wrt);
  for (const node of nodes.reverse()) {
    if (needed.has(node) && node.inputs.length > 0) pullBack(node, flows, needed);
  }
  return wrt.map((tensor) => flows.get(tensor) ?? zerosLike(tensor));
}

/** Carries the gradients of a node's outputs to its inputs. */
function pullBack(node: Node, flows: Flows, needed: ReadonlySet<Node>): void {
  const outputs = node.outputs.map((_, i) => new Tensor(node, i));
  const dy = outputs.map((output) => flows.get(output));
  if (dy.every((d) => d === null)) return;
  const op = node.op as unknown as OpDef<unknown>;
  const dx = op.vjp(dy, { inputs: node.inputs, outputs, attrs: node.attrs });
  node.inputs.forEach((input, i) => {
    const d = dx[i] ?? null;
    if (d !== null && needed.has(input.node)) flows.add(input, sumTo(d, input.shape));
  });
}

/** The nodes through which the tensors of interest reach the outputs: no other needs a gradient. */
function dependents(sorted: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const needed = new Set(wrt.map((tensor) => tensor.node));
  for (const node of sorted) {
    if (node.inputs.some((tensor) => needed.has(tensor.node))) needed.add(node);
  }
  return needed;
}

/** Gradients that have arrived so far, summed. */
class Flows {
  readonly #byNode = new Map<Node, (Tensor | null)[]>();

  get({ node, output }: Tensor): Tensor | null {
    return this.#byNode.get(node)?.[output] ?? null;
  }

  add({ node, output, shape }: Tensor, d: Tensor): void {
    if (!shapeEquals(shape, d.shape)) {
      throw new HeedError("GRAPH_INVALID", `A gradient of "${node.op.name}" does not have the shape of its value.`);
    }
    const flows = this.#byNode.get(node) ?? node.outputs.map(() => null);
    const known = flows[output] ?? null;
    flows[output] = known === null ? d : add(known, d);
    this.#byNode.set(node, flows);
  }
}
