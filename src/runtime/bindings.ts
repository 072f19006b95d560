import { HeedError } from "../error.ts";
import { type Dim, evaluateDim, formatShape, symbolName, symbolsIn } from "../graph/dim.ts";
import type { InputAttrs, TensorType } from "../graph/tensor.ts";

/** What binding needs to know of numbers in memory or on a device. */
export interface Fed {
  readonly dtype: TensorType["dtype"];
  readonly shape: readonly number[];
}

/** The number of each symbol, and the input that gave it. */
export type Bindings = ReadonlyMap<string, { readonly size: number; readonly input: string }>;

/**
 * Binds the symbols of a program's inputs from the shapes that are fed, and checks every dimension against them:
 * ONNX Runtime itself would compute with whatever it gets. Random inputs need not be fed.
 * @param bound Symbols that are bound already.
 */
export function bindSymbols(
  program: string,
  inputs: readonly InputAttrs[],
  fed: ReadonlyMap<string, Fed>,
  bound: Bindings = new Map(),
): Bindings {
  const bindings = new Map(bound);
  const given: [InputAttrs, Fed][] = [];
  for (const attrs of inputs) {
    const value = fed.get(attrs.name);
    if (value !== undefined) given.push([attrs, value]);
    else if (attrs.random === undefined) throw mismatch(program, `${describe(attrs)} is missing.`);
  }
  for (const [attrs, value] of given) bindInput(program, attrs, value, bindings);
  for (const [attrs, value] of given) checkInput(program, attrs, value, bindings);
  return bindings;
}

/** A shape under bindings. */
export function bindShape(program: string, { name, shape }: InputAttrs, bindings: Bindings): number[] {
  const sizes = shape.map((dim) => evaluate(dim, bindings));
  if (sizes.some((size) => size < 0)) {
    throw mismatch(program, `"${name}" would have the shape [${sizes}]${explain(shape, bindings)}.`);
  }
  return sizes;
}

function bindInput(program: string, attrs: InputAttrs, value: Fed, bindings: Map<string, Source>): void {
  if (value.dtype !== attrs.dtype || value.shape.length !== attrs.shape.length) {
    throw mismatch(program, `${describe(attrs)} was fed ${value.dtype}[${value.shape}].`);
  }
  attrs.shape.forEach((dim, axis) => {
    const symbol = symbolName(dim);
    if (symbol === undefined) return;
    const size = value.shape[axis]!;
    const known = bindings.get(symbol);
    if (known === undefined) bindings.set(symbol, { size, input: attrs.name });
    else if (known.size !== size) {
      throw mismatch(program, `"${symbol}" is ${known.size} in ${known.input}, ${size} in ${attrs.name}.`);
    }
  });
}

function checkInput(program: string, attrs: InputAttrs, { shape }: Fed, bindings: Bindings): void {
  attrs.shape.forEach((dim, axis) => {
    if (shape[axis] === evaluate(dim, bindings)) return;
    const expected = attrs.shape.map((d) => evaluate(d, bindings));
    const why = explain(attrs.shape, bindings);
    throw mismatch(program, `${describe(attrs)} must be [${expected}]${why}, but was fed [${shape}].`);
  });
}

type Source = Bindings extends ReadonlyMap<string, infer S> ? S : never;

function evaluate(dim: Dim, bindings: Bindings): number {
  if (typeof dim === "number") return dim;
  const symbol = symbolName(dim);
  if (symbol !== undefined) return bindings.get(symbol)!.size;
  return evaluateDim(dim, new Map(symbolsIn(dim).map((symbol) => [symbol, bindings.get(symbol)!.size])));
}

/** Where the numbers of a shape come from: " (past is 7 in keys)". */
function explain(shape: readonly Dim[], bindings: Bindings): string {
  const symbols = [...new Set(shape.flatMap(symbolsIn))];
  const sources = symbols.map(
    (symbol) => `${symbol} is ${bindings.get(symbol)!.size} in ${bindings.get(symbol)!.input}`,
  );
  return sources.length === 0 ? "" : ` (${sources.join(", ")})`;
}

function describe({ name, dtype, shape }: InputAttrs): string {
  return `"${name}", ${dtype}${formatShape(shape)},`;
}

function mismatch(program: string, what: string): HeedError {
  return new HeedError("SHAPE_MISMATCH", `Program "${program}": ${what}`);
}
