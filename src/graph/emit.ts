import type { Dim } from "./dim.ts";
import type { InputAttrs, Program } from "./program.ts";
import type { Device } from "./runtime.ts";
import type { DType } from "./tensor.ts";
import type { TensorData } from "./tensor-data.ts";

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
