import { HeedError } from "../error.ts";
import { type Dim, formatShape } from "./dim.ts";
import type { Emit } from "./emit.ts";
import type { Program } from "./program.ts";

export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

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
  /** The program that it runs, where it is control flow. */
  body?(attrs: A): Program;
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
