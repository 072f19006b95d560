import { create } from "@bufbuild/protobuf";
import { HeedError } from "../error.ts";
import type { Device } from "../graph/device.ts";
import { type Dim, symbolName } from "../graph/dim.ts";
import type { FileTensor } from "../graph/file-tensor.ts";
import { sortNodes } from "../graph/program.ts";
import {
  type Attribute,
  type Emit,
  type EmitOptions,
  type InputAttrs,
  type Node,
  type OpDef,
  type Subgraph,
  Tensor,
} from "../graph/tensor.ts";
import { type DType, scalarOf, TensorData } from "../graph/tensor-data.ts";
import {
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
} from "./generated/onnx_pb.ts";
import { attribute, externalInitializer, initializer, valueInfo } from "./protos.ts";

/** Collects the nodes and constants of one ONNX graph. */
export class GraphEmitter implements Emit {
  readonly device: Device;
  /** Stands before the names of all that is computed: within one another, graphs may have no name in common. */
  readonly #prefix: string;
  readonly #values = new Map<Node, readonly string[]>();
  readonly #initializers: TensorProto[] = [];
  readonly #protos: NodeProto[] = [];
  readonly #constants = new Map<string, string>();
  readonly #dims = new Map<string, string>();
  readonly #shapes = new Map<string, string>();
  readonly #symbols: ReadonlyMap<string, { input: string; axis: number }>;
  readonly #produced = new Set<string>();
  readonly #renamed = new Map<string, string>();
  #op = "";

  constructor(device: Device, inputs: readonly InputAttrs[], prefix = "") {
    this.device = device;
    this.#prefix = prefix;
    this.#symbols = symbolSources(inputs);
  }

  /** Adds what a node's op is lowered to. What it depends on has been added before. */
  lower(node: Node): void {
    const op = node.op as unknown as OpDef<unknown>;
    const names = node.inputs.map((tensor) => this.#value(tensor));
    const outputs = node.outputs.map((_, i) => new Tensor(node, i));
    // The names of nodes say in the engine's profiles which op they belong to.
    this.#op = op.name;
    this.#values.set(node, op.onnx(this, names, { inputs: node.inputs, outputs, attrs: node.attrs }));
  }

  initializer(name: string, data: TensorData): void {
    this.#initializers.push(initializer(name, data));
  }

  externalInitializer(name: string, data: FileTensor): void {
    this.#initializers.push(externalInitializer(name, data));
  }

  /** The graph of what has been added. */
  graph(name: string, inputs: readonly InputAttrs[], outputs: ReadonlyMap<string, Tensor>): GraphProto {
    for (const [output, tensor] of outputs) this.#output(output, this.#value(tensor));
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes(),
      initializer: this.#initializers,
      input: inputs.map((attrs) => valueInfo(attrs.name, attrs)),
      output: [...outputs].map(([output, tensor]) => valueInfo(output, tensor)),
    });
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: EmitOptions = {},
  ): readonly string[] {
    const name = `${this.#prefix}${this.#op}/${this.#protos.length}`;
    const output = Array.from({ length: options.outputs ?? 1 }, (_, i) => (i === 0 ? name : `${name}.${i}`));
    this.#protos.push(
      create(NodeProtoSchema, {
        name,
        opType,
        domain: options.domain ?? "",
        input: [...inputs],
        output,
        attribute: Object.entries(attributes).map(([key, value]) =>
          attribute(key, "subgraph" in value ? { graph: this.#subgraph(`${name}/`, value.subgraph) } : value),
        ),
      }),
    );
    for (const value of output) this.#produced.add(value);
    return output;
  }

  #value({ node, output }: Tensor): string {
    return this.#values.get(node)![output]!;
  }

  #subgraph(prefix: string, { program, inputs }: Subgraph): GraphProto {
    const emitter = new GraphEmitter(this.device, program.inputs, prefix);
    for (const node of sortNodes([...program.outputs.values()])) emitter.lower(node);
    const outputs = new Map([...program.outputs].map(([name, tensor]) => [prefix + name, tensor]));
    return emitter.graph(program.name, inputs, outputs);
  }

  /** Makes a value an output. A node's result takes the output's name; an input, or a value named before, is copied. */
  #output(name: string, value: string): void {
    if (this.#produced.has(value) && !this.#renamed.has(value)) {
      this.#renamed.set(value, name);
      return;
    }
    this.#op = "output";
    const [copy] = this.node("Identity", [value]);
    this.#renamed.set(copy!, name);
  }

  #nodes(): NodeProto[] {
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
    const name = `${this.#prefix}initializer/${this.#initializers.length}`;
    this.initializer(name, data);
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
