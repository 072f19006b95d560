import { gradients } from "../../src/grad/index.ts";
import {
  apply,
  type DType,
  input,
  type Program,
  program,
  sym,
  type Tensor,
  type TensorData,
} from "../../src/graph/index.ts";
import { registry } from "../../src/ops/index.ts";
import { type Case, draw, float, type Sample } from "./samples/sample.ts";

export type Floats = "float32" | "float64";

/** A sample as a graph. */
export interface Trace {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Those of the outputs that a gradient may flow from. */
  readonly differentiable: readonly Tensor[];
  /** Tensors that carry the symbols which no other input may give. */
  readonly carrier: Readonly<Record<string, Tensor>>;
}

export function trace(sample: Sample, floats: Floats, dims: "numbers" | "symbols"): Trace {
  const names = Object.keys(sample.dims);
  const symbols = Object.fromEntries(names.map((name) => [name, sym(name)]));
  const built = sample.build(dims === "numbers" ? sample.dims : symbols);
  const inputs = built.inputs.map(({ shape, dtype }, i) =>
    input(`x${i}`, { shape, dtype: dtype === "float" ? floats : dtype }),
  );
  const carrier = input("carrier", { shape: names.map(sym), dtype: floats });
  const outputs = applySample(sample, inputs, built);
  const differentiable = outputs.slice(0, built.differentiable).filter(isFloat);
  return { inputs, outputs, differentiable, carrier: dims === "numbers" ? {} : { carrier } };
}

function applySample(sample: Sample, inputs: readonly Tensor[], { attrs }: Case): readonly Tensor[] {
  if (sample.call !== undefined) return sample.call(inputs);
  return apply(registry.get(sample.op)!, inputs, (attrs ?? null) as never);
}

/** Outputs y0, y1, … */
export function valuesProgram({ outputs, carrier }: Trace): Program {
  return program("values", { ...named("y", outputs), ...carrier });
}

/** Outputs y0, y1, … and the gradients d0, d1, … of Σ ⟨dy, y⟩ with respect to the inputs of floats. */
export function gradientsProgram({ inputs, outputs, differentiable, carrier }: Trace): Program {
  const cotangents = differentiable.map((y) => ({ of: y, is: input(`dy${outputs.indexOf(y)}`, y) }));
  const floats = inputs.flatMap((x, i) => (isFloat(x) ? [[`d${i}`, x] as const] : []));
  const dx = gradients(
    cotangents,
    floats.map(([, x]) => x),
  );
  const ds = Object.fromEntries(floats.map(([name], i) => [name, dx[i]!]));
  return program("gradients", { ...named("y", outputs), ...ds, ...carrier });
}

/** Numbers for the inputs, the cotangents and the carrier, with the dimensions bound as told. */
export function feedsOf(
  sample: Sample,
  floats: Floats,
  dims: Readonly<Record<string, number>> = sample.dims,
): Map<string, TensorData> {
  const { outputs, differentiable } = trace({ ...sample, dims }, floats, "numbers");
  const cases = sample.build(dims).inputs;
  const feeds = new Map<string, TensorData>();
  for (const [i, x] of cases.entries()) feeds.set(`x${i}`, draw(x, `${sample.name}/${i}`, floats, {}));
  for (const y of differentiable) {
    const name = `dy${outputs.indexOf(y)}`;
    feeds.set(name, draw(float(...y.shape), `${sample.name}/${name}`, floatsOf(y.dtype), {}));
  }
  return feeds.set("carrier", draw(float(...Object.values(dims)), "carrier", floats, {}));
}

export function isFloat({ dtype }: { readonly dtype: DType }): boolean {
  return dtype === "float32" || dtype === "float64";
}

function floatsOf(dtype: DType): Floats {
  return dtype === "float64" ? "float64" : "float32";
}

function named(prefix: string, tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));
}
