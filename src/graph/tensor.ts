import { HeedError } from "../error.ts";
import type { Device } from "./device.ts";
import { type Dim, formatShape } from "./dim.ts";
import type { DType, TensorData } from "./tensor-data.ts";

// A tensor is made by an op, an op's lowering may run a program, and a program has tensors: so these types, which speak
// of each other, stand in one file.

export interface TensorType {
  readonly shape: readonly Dim[];
  readonly dtype: DType;
}

/** An application of an op. A node may have several outputs. */
export interface Node {
  readonly op: OpDef<never>;
  readonly inputs: readonly Tensor[];
  readonly attrs: unknown;
  readonly outputs: readonly TensorType[];
}

/** One output of a node: a symbolic value with a shape and an element type, but no numbers. */
export class Tensor implements TensorType {
  readonly node: Node;
  readonly output: number;

  constructor(node: Node, output: number) {
    this.node = node;
    this.output = output;
  }

  get shape(): readonly Dim[] {
    return this.node.outputs[this.output]!.shape;
  }

  get dtype(): DType {
    return this.node.outputs[this.output]!.dtype;
  }

  get rank(): number {
    return this.shape.length;
  }
}

/** What a rule of an op sees of one of its applications. */
export interface Application<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: A;
}

/**
 * A primitive operation. Everything about it stands in one place, so that a missing rule is a compile error.
 */
export interface OpDef<A> {
  readonly name: string;
  /** The types of the outputs, or a HeedError "SHAPE_MISMATCH". */
  infer(inputs: readonly TensorType[], attrs: A): readonly TensorType[];
  /**
   * The vector-Jacobian product: for the gradients `dy` of the outputs (null where none flows), those of the inputs
   * (null where none flows or the input is not differentiable). A gradient may still have the broadcast shape:
   * `grad/` reduces it.
   */
  vjp(dy: readonly (Tensor | null)[], at: Application<A>): readonly (Tensor | null)[];
  /** Emits ONNX nodes for one application and returns the names of the outputs. */
  onnx(emit: Emit, inputs: readonly string[], at: Application<A>): readonly string[];
  /** What its kernels hold in memory beside inputs and outputs, where that is large. */
  scratch?(inputs: readonly TensorType[], attrs: A): readonly TensorType[];
  /** The program that it runs, where it is control flow; and the same with another one in its place. */
  body?(attrs: A): Program;
  withBody?(attrs: A, body: Program): A;
  /** The operator set of ONNX that it is lowered to, where that is newer than the usual one. */
  readonly opset?: number;
}

/** A random input is drawn by the runtime: 1 with the given probability, else 0. */
export interface RandomInput {
  readonly keepRate: number;
}

export interface InputAttrs extends TensorType {
  readonly name: string;
  readonly random?: RandomInput;
}

/** A closed graph: named inputs, named outputs, nothing captured. */
export interface Program {
  readonly name: string;
  /** The inputs that the outputs depend on, in the order in which the graph meets them. */
  readonly inputs: readonly InputAttrs[];
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** An ONNX attribute: integers and floats are told apart by a wrapper, since both are numbers in JavaScript. */
export type Attribute =
  | { int: number }
  | { float: number }
  | { string: string }
  | { ints: readonly number[] }
  | { subgraph: Subgraph };

/** A program that a node runs. What it does not list as its inputs it reads from the graph around it, by name. */
export interface Subgraph {
  readonly program: Program;
  readonly inputs: readonly InputAttrs[];
}

export interface EmitOptions {
  /** How many outputs the node has; 1 unless told. */
  readonly outputs?: number;
  /** The operator set; the standard one unless told. */
  readonly domain?: "com.microsoft";
}

/** What an op's lowering may ask for. Names are names of ONNX values. */
export interface Emit {
  /** The device decides the lowering where kernels differ. */
  readonly device: Device;
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    options?: EmitOptions,
  ): readonly string[];
  /** A constant tensor; equal constants share a name. */
  constant(data: TensorData): string;
  /** A scalar constant. */
  scalar(value: number, dtype: DType): string;
  /** A constant vector of int64, as ONNX wants axes and indices. */
  int64s(values: readonly number[]): string;
  /** The shape as a vector of int64, computed from the shapes of the inputs where it is symbolic. */
  shape(dims: readonly Dim[]): string;
}

/** Applies an op: infers the types of its outputs and adds a node. */
export function apply<A>(op: OpDef<A>, inputs: readonly Tensor[], attrs: A): readonly Tensor[] {
  const outputs = op.infer(inputs, attrs);
  const node: Node = { op: op as OpDef<never>, inputs, attrs, outputs };
  return outputs.map((_, i) => new Tensor(node, i));
}

/** Applies an op that has one output. */
export function applyOne<A>(op: OpDef<A>, inputs: readonly Tensor[], attrs: A): Tensor {
  return apply(op, inputs, attrs)[0]!;
}

export function shapeError(op: string, expected: string, inputs: readonly TensorType[]): HeedError {
  const found = inputs.map((t) => `${t.dtype}${formatShape(t.shape)}`).join(" and ");
  return new HeedError("SHAPE_MISMATCH", `${op}: expected ${expected}, found ${found}.`);
}
