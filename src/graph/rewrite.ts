import { HeedError } from "../error.ts";
import { pacer } from "../pacer.ts";
import { shapeEquals } from "./dim.ts";
import { program, sortNodes } from "./program.ts";
import { type Node, type OpDef, type Program, Tensor } from "./tensor.ts";

/** How many nodes and outputs read a tensor. */
export type Uses = (tensor: Tensor) => number;

/** Tensors in whose place others are to stand, of the same types. */
export interface Replacement {
  readonly of: readonly Tensor[];
  /** What the new ones are made of. */
  readonly from: readonly Tensor[];
  make(from: readonly Tensor[]): readonly Tensor[];
}

/** What is to stand in place of a node, or of tensors that it is made of; undefined where it stays as it is. */
export type Rule = (node: Node, uses: Uses) => Replacement | undefined;

/** A replacement, with names for what the new tensors are made of. */
export function replacement<N extends Readonly<Record<string, Tensor>>>(
  of: readonly Tensor[],
  from: N,
  make: (now: { readonly [K in keyof N]: Tensor }) => readonly Tensor[],
): Replacement {
  const names = Object.keys(from);
  const named = (tensors: readonly Tensor[]) => Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  return { of, from: Object.values(from), make: (now) => make(named(now) as N) };
}

/**
 * A program that computes the same otherwise: what no output depends on any more is gone, and what no rule changes stays.
 * Rules see the program as it is, never what another rule made of it; where two want the same tensor, the first rule has it.
 * Bodies of loops are rewritten too. The event loop gets its turn.
 *
 * @throws HeedError GRAPH_INVALID for a rule that changes a type, or makes a tensor depend on itself
 */
export async function rewrite(closed: Program, rules: readonly Rule[]): Promise<Program> {
  const roots = [...closed.outputs.values()];
  const nodes = sortNodes(roots);
  const replaced = await findReplacements(nodes, roots, rules);
  const bodies = new Map<Node, Program>();
  for (const node of nodes) {
    const body = bodyOf(node);
    if (body !== undefined) bodies.set(node, await rewrite(body, rules));
  }
  const rebuilt = new Rebuilt(replaced, bodies);
  const outputs = new Map<string, Tensor>();
  for (const [name, tensor] of closed.outputs) outputs.set(name, await rebuilt.now(tensor));
  return program(closed.name, outputs);
}

type Replaced = ReadonlyMap<Node, readonly (Replacement | undefined)[]>;

async function findReplacements(nodes: readonly Node[], roots: readonly Tensor[], rules: readonly Rule[]) {
  const uses = countUses(nodes, roots);
  const replaced = new Map<Node, (Replacement | undefined)[]>();
  const isFree = ({ node, output }: Tensor) => replaced.get(node)?.[output] === undefined;
  for (const rule of rules) {
    for (const node of nodes) {
      if (pacer.due()) await pacer.rest();
      const found = rule(node, uses);
      if (found === undefined || !found.of.every(isFree)) continue;
      for (const tensor of found.of) {
        const ofNode = replaced.get(tensor.node) ?? [];
        ofNode[tensor.output] = found;
        replaced.set(tensor.node, ofNode);
      }
    }
  }
  return replaced;
}

function countUses(nodes: readonly Node[], roots: readonly Tensor[]): Uses {
  const counts = new Map<Node, number[]>();
  const count = ({ node, output }: Tensor) => {
    const ofNode = counts.get(node) ?? [];
    ofNode[output] = (ofNode[output] ?? 0) + 1;
    counts.set(node, ofNode);
  };
  for (const { inputs } of nodes) inputs.forEach(count);
  roots.forEach(count);
  return ({ node, output }) => counts.get(node)?.[output] ?? 0;
}

/** What is made at once: the outputs of a node, or the tensors of a replacement. */
type Unit = Node | Replacement;

/** The new tensors, each made when it is first asked for. Iterative: a deep graph must not exhaust the stack. */
class Rebuilt {
  readonly #made = new Map<Unit, readonly Tensor[]>();
  readonly #replaced: Replaced;
  readonly #bodies: ReadonlyMap<Node, Program>;

  constructor(replaced: Replaced, bodies: ReadonlyMap<Node, Program>) {
    this.#replaced = replaced;
    this.#bodies = bodies;
  }

  /** What the tensor has become. */
  async now(old: Tensor): Promise<Tensor> {
    const open = new Set<Unit>();
    const stack = [this.#unitOf(old)];
    while (stack.length > 0) {
      if (pacer.due()) await pacer.rest();
      const unit = stack.at(-1)!;
      const missing = dependencies(unit)
        .map((tensor) => this.#unitOf(tensor))
        .filter((needed) => !this.#made.has(needed));
      if (missing.length === 0) {
        if (!this.#made.has(unit)) this.#made.set(unit, this.#make(unit));
        stack.pop();
      } else {
        if (open.has(unit)) throw new HeedError("GRAPH_INVALID", "A rule makes a tensor depend on itself.");
        open.add(unit);
        stack.push(...missing);
      }
    }
    return this.#known(old);
  }

  #unitOf({ node, output }: Tensor): Unit {
    return this.#replaced.get(node)?.[output] ?? node;
  }

  #known(old: Tensor): Tensor {
    const unit = this.#unitOf(old);
    const tensors = this.#made.get(unit)!;
    const place =
      "of" in unit ? unit.of.findIndex(({ node, output }) => node === old.node && output === old.output) : old.output;
    return tensors[place]!;
  }

  #make(unit: Unit): readonly Tensor[] {
    const now = dependencies(unit).map((tensor) => this.#known(tensor));
    if (!("of" in unit)) return outputsOf(this.#rebuilt(unit, now));
    const tensors = unit.make(now);
    unit.of.forEach((old, i) => {
      refuseOtherType(old, tensors[i]!);
    });
    return tensors;
  }

  #rebuilt(node: Node, inputs: readonly Tensor[]): Node {
    const body = this.#bodies.get(node);
    const same = inputs.every(
      ({ node: of, output }, i) => of === node.inputs[i]!.node && output === node.inputs[i]!.output,
    );
    if (same && body === undefined) return node;
    const attrs = body === undefined ? node.attrs : (node.op as unknown as OpDef<unknown>).withBody!(node.attrs, body);
    return { ...node, inputs, attrs };
  }
}

const dependencies = (unit: Unit): readonly Tensor[] => ("of" in unit ? unit.from : unit.inputs);

const bodyOf = ({ op, attrs }: Node): Program | undefined => (op as unknown as OpDef<unknown>).body?.(attrs);

const outputsOf = (node: Node): Tensor[] => node.outputs.map((_, i) => new Tensor(node, i));

function refuseOtherType(old: Tensor, now: Tensor): void {
  if (now.dtype === old.dtype && shapeEquals(now.shape, old.shape)) return;
  throw new HeedError("GRAPH_INVALID", `A rule changed the type of an output of ${old.node.op.name}.`);
}
