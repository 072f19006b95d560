import { type Dim, evaluateDim, formatDim, mulDims, sizeOf } from "../graph/dim.ts";
import { sortNodes } from "../graph/program.ts";
import type { Node, OpDef, Program, Tensor, TensorType } from "../graph/tensor.ts";
import { arrayTypes } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";
import type { Bindings } from "./bindings.ts";

/** When the tensors of a program come and go. Plain data: it can be posted to a worker. */
export interface MemoryPlan {
  /** Sizes in bytes; many tensors have the same. */
  readonly sizes: readonly Dim[];
  /** In the order of computing: i + 1 where a tensor of sizes[i] comes, −(i + 1) where it goes. */
  readonly events: Int32Array;
}

/** What the engine's allocator takes for what it is asked for: measured, over shapes and sizes of models. */
const ALLOCATOR = 1.2;

/** Ops whose numbers are in memory before the call. */
const given: ReadonlySet<string> = new Set(["input", "constant"]);
/** Ops whose result lies in the memory of their first input. */
const views: ReadonlySet<string> = new Set(["reshape", "stopGradient", "maskGradient"]);

/**
 * Follows every tensor that a program computes from its node to its last reader. Results stay to the end, and so do the
 * masks that are drawn for a call and the copies of the last call's results, which JavaScript frees when it likes. A
 * training step has thousands of nodes: the event loop gets its turn.
 */
export async function planMemory(program: Program): Promise<MemoryPlan> {
  const sizes = new Sizes();
  const events: number[] = [];
  const record: Recorder = (sign, type) => events.push(sign * (sizes.indexOf(type) + 1));
  const results = [...program.outputs.values()];
  for (const result of results) record(1, result);
  for (const { random, ...mask } of program.inputs) if (random !== undefined) record(1, mask);
  await follow(program, record);
  return { sizes: sizes.all, events: Int32Array.from(events) };
}

/** Tells of a tensor that comes (1) or goes (−1). */
type Recorder = (sign: 1 | -1, type: TensorType) => void;

async function follow(program: Program, record: Recorder): Promise<void> {
  const results = [...program.outputs.values()];
  const nodes = sortNodes(results).filter(({ op }) => !views.has(op.name));
  const goes = lastReaders(nodes, results);
  for (const node of nodes) {
    if (given.has(node.op.name)) continue;
    if (pacer.due()) await pacer.rest();
    const { scratch, body } = node.op as unknown as OpDef<unknown>;
    if (body !== undefined) await followBody(body(node.attrs), record);
    const held = [...node.outputs, ...(scratch?.(node.inputs, node.attrs) ?? [])];
    for (const type of held) record(1, type);
    for (const type of held.slice(node.outputs.length)) record(-1, type);
    for (const type of goes.get(node) ?? []) record(-1, type);
  }
}

/** An iteration holds what the one before gave beside what it gives itself. */
async function followBody(body: Program, record: Recorder): Promise<void> {
  const results = [...body.outputs.values()];
  for (const result of results) record(1, result);
  await follow(body, record);
  for (const result of [...results, ...computed(results)]) record(-1, result);
}

/** The tensors in whose memory results lie, each once, but those that were in memory before. */
function computed(results: readonly Tensor[]): TensorType[] {
  const nodes = [...memoryOf(results)].filter(([node]) => !given.has(node.op.name));
  return nodes.flatMap(([node, outputs]) => [...outputs].map((output) => node.outputs[output]!));
}

/** The outputs of nodes in whose memory tensors lie. */
function memoryOf(tensors: readonly Tensor[]): Map<Node, Set<number>> {
  const memory = new Map<Node, Set<number>>();
  for (const { node, output } of tensors.map(owner)) memory.set(node, (memory.get(node) ?? new Set()).add(output));
  return memory;
}

/** An estimate of the most memory that a call takes at once, in bytes, beside what it is fed. */
export function peakBytes({ sizes, events }: MemoryPlan, bindings: Bindings): number {
  const numbers = new Map([...bindings].map(([symbol, { size }]) => [symbol, size]));
  const bytes = sizes.map((size) => evaluateDim(size, numbers));
  let [now, peak] = [0, 0];
  for (const event of events) {
    now += event > 0 ? bytes[event - 1]! : -bytes[-event - 1]!;
    if (now > peak) peak = now;
  }
  return ALLOCATOR * peak;
}

/** The sizes of tensors in bytes, each once. */
class Sizes {
  readonly all: Dim[] = [];
  readonly #indices = new Map<string, number>();
  /** Tensors often share the very shape, and to multiply symbols takes long. */
  readonly #known = new Map<TensorType["shape"], Map<TensorType["dtype"], number>>();

  indexOf({ shape, dtype }: TensorType): number {
    const known = this.#known.get(shape) ?? new Map<TensorType["dtype"], number>();
    this.#known.set(shape, known);
    const index = known.get(dtype) ?? this.#indexOf(mulDims(sizeOf(shape), arrayTypes[dtype].BYTES_PER_ELEMENT));
    known.set(dtype, index);
    return index;
  }

  #indexOf(size: Dim): number {
    const key = formatDim(size);
    const index = this.#indices.get(key) ?? this.all.push(size) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

/** For each node the tensors that nobody reads after it. */
function lastReaders(nodes: readonly Node[], results: readonly Tensor[]): Map<Node, TensorType[]> {
  const last = new Map<Node, Node[]>();
  for (const node of nodes) {
    if (!given.has(node.op.name))
      last.set(
        node,
        node.outputs.map(() => node),
      );
    for (const { node: from, output } of node.inputs.map(owner)) {
      const readers = last.get(from);
      if (readers !== undefined) readers[output] = node;
    }
  }
  const kept = memoryOf(results);
  const goes = new Map<Node, TensorType[]>();
  for (const [node, readers] of last) {
    readers.forEach((reader, output) => {
      if (!kept.get(node)?.has(output)) goes.set(reader, [...(goes.get(reader) ?? []), node.outputs[output]!]);
    });
  }
  return goes;
}

/** The tensor in whose memory a tensor lies. */
function owner(tensor: Tensor): Tensor {
  let found = tensor;
  while (views.has(found.node.op.name)) found = found.node.inputs[0]!;
  return found;
}
