import { create } from "@bufbuild/protobuf";
import { HeedError } from "../error.ts";
import { type Dim, symbolName } from "../graph/dim.ts";
import type { Attribute, Emit, EmitOptions } from "../graph/emit.ts";
import type { InputAttrs } from "../graph/program.ts";
import type { Device } from "../graph/runtime.ts";
import type { DType } from "../graph/tensor.ts";
import { scalarOf, TensorData } from "../graph/tensor-data.ts";
import { type NodeProto, NodeProtoSchema, type TensorProto } from "./generated/onnx_pb.ts";
import { attribute, initializer } from "./protos.ts";

/** Collects the nodes and constants of one ONNX graph. */
export class ModelEmitter implements Emit {
  readonly device: Device;
  readonly initializers: TensorProto[] = [];
  readonly #protos: NodeProto[] = [];
  readonly #constants = new Map<string, string>();
  readonly #dims = new Map<string, string>();
  readonly #shapes = new Map<string, string>();
  readonly #symbols: ReadonlyMap<string, { input: string; axis: number }>;
  readonly #produced = new Set<string>();
  readonly #renamed = new Map<string, string>();
  #op = "";

  constructor(device: Device, inputs: readonly InputAttrs[]) {
    this.device = device;
    this.#symbols = symbolSources(inputs);
  }

  /** Tells which op the following nodes belong to: their names say so in the engine's profiles. */
  enter(op: string): void {
    this.#op = op;
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: EmitOptions = {},
  ): readonly string[] {
    const name = `${this.#op}/${this.#protos.length}`;
    const output = Array.from({ length: options.outputs ?? 1 }, (_, i) => (i === 0 ? name : `${name}.${i}`));
    this.#protos.push(
      create(NodeProtoSchema, {
        name,
        opType,
        domain: options.domain ?? "",
        input: [...inputs],
        output,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
    for (const value of output) this.#produced.add(value);
    return output;
  }

  /** Makes a value an output. A node's result takes the output's name; an input, or a value named before, is copied. */
  output(name: string, value: string): void {
    if (this.#produced.has(value) && !this.#renamed.has(value)) {
      this.#renamed.set(value, name);
      return;
    }
    this.enter("output");
    const [copy] = this.node("Identity", [value]);
    this.#renamed.set(copy!, name);
  }

  nodes(): NodeProto[] {
    const rename = (name: string) => this.#renamed.get(name) ?? name;
    for (const proto of this.#protos) {
      proto.input = proto.input.map(rename);
      proto.output = proto.output.map(rename);
    }
    return this.#protos;
  }

  constant(data: TensorData): string {
    const key = data.data.length <= 64 ? `${data.dtype}[${data.shape}]${data.data.join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `initializer/${this.initializers.length}`;
    this.initializers.push(initializer(name, data));
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  scalar(value: number, dtype: DType): string {
    return this.constant(scalarOf(value, dtype));
  }

  int64s(values: readonly number[]): string {
    return this.constant(new TensorData("int64", [values.length], BigInt64Array.from(values.map(BigInt))));
  }

  shape(dims: readonly Dim[]): string {
    if (dims.every((dim) => typeof dim === "number")) return this.int64s(dims as readonly number[]);
    const parts = dims.map((dim) => this.#dim(dim));
    if (parts.length === 1) return parts[0]!;
    const key = parts.join();
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const [name] = this.node("Concat", parts, { axis: { int: 0 } });
    this.#shapes.set(key, name!);
    return name!;
  }

  /** A dimension as a vector of one int64. */
  #dim(dim: Dim): string {
    if (typeof dim === "number") return this.int64s([dim]);
    const known = this.#dims.get(dim.key);
    if (known !== undefined) return known;
    const name = this.#symbol(dim) ?? this.#polynomial(dim);
    this.#dims.set(dim.key, name);
    return name;
  }

  #symbol(dim: Dim): string | undefined {
    const symbol = symbolName(dim);
    if (symbol === undefined) return undefined;
    const source = this.#symbols.get(symbol);
    if (source === undefined) throw new HeedError("GRAPH_INVALID", `No input gives the dimension "${symbol}".`);
    return this.node("Shape", [source.input], { start: { int: source.axis }, end: { int: source.axis + 1 } })[0]!;
  }

  #polynomial(dim: Exclude<Dim, number>): string {
    const terms = dim.terms.map(({ coefficient, atoms }) => {
      const factors = atoms.map((atom) => this.#atom(atom));
      if (coefficient !== 1 || factors.length === 0) factors.push(this.int64s([coefficient]));
      return factors.reduce((a, b) => this.node("Mul", [a, b])[0]!);
    });
    return terms.reduce((a, b) => this.node("Add", [a, b])[0]!);
  }

  #atom(atom: Exclude<Dim, number>["terms"][number]["atoms"][number]): string {
    if ("floor" in atom) return this.#floorDiv(this.#dim(atom.floor), this.int64s([atom.by]));
    return this.#dim({ key: atom.name, terms: [{ coefficient: 1, atoms: [atom] }] });
  }

  /** ONNX divides towards zero; the remainder that its Mod gives is never negative, and what is left divides exactly. */
  #floorDiv(dividend: string, by: string): string {
    const [remainder] = this.node("Mod", [dividend, by]);
    const [exact] = this.node("Sub", [dividend, remainder!]);
    return this.node("Div", [exact!, by])[0]!;
  }
}

/** Where the value of each symbol is read from: the first input that has it alone on an axis. */
function symbolSources(inputs: readonly InputAttrs[]): Map<string, { input: string; axis: number }> {
  const sources = new Map<string, { input: string; axis: number }>();
  for (const { name, shape, random } of inputs) {
    if (random !== undefined) continue;
    shape.forEach((dim, axis) => {
      const symbol = symbolName(dim);
      if (symbol !== undefined && !sources.has(symbol)) sources.set(symbol, { input: name, axis });
    });
  }
  return sources;
}
