import { readFileSync } from "node:fs";
import { HeedError } from "../../src/error.ts";
import type { Program, TensorData } from "../../src/graph/index.ts";
import { expectClose } from "./close.ts";
import { evaluate } from "./run.ts";
import type { Sample } from "./samples/sample.ts";
import { feedsOf, gradientsProgram, isFloat, trace, valuesProgram } from "./trace.ts";

interface Results {
  /** The outputs, flat. */
  readonly y: readonly (readonly number[])[];
  /** The gradients of Σ ⟨dy, y⟩ with respect to each input of floats, flat. */
  readonly d: readonly (readonly number[])[];
}

const path = new URL("../fixtures/op-gradients.json", import.meta.url);
const fixture = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, Results>>;

/** Of the largest number of a tensor. */
const TOLERANCE = 1e-5;

/** How a program is run. */
type Compute = (program: Program, feeds: ReadonlyMap<string, TensorData>) => Promise<ReadonlyMap<string, TensorData>>;

export async function checkValues(sample: Sample, compute: Compute = evaluate): Promise<void> {
  const traced = trace(sample, "float32", "numbers");
  const results = await compute(valuesProgram(traced), feedsOf(sample, "float32"));
  const { y } = pytorch(sample);
  for (const [i, output] of traced.outputs.entries()) {
    const name = `y${i}`;
    expectClose(name, results.get(name)!.data, y[i]!, isFloat(output) ? TOLERANCE : 0);
  }
}

export async function checkGradients(sample: Sample, compute: Compute = evaluate): Promise<void> {
  const traced = trace(sample, "float32", "numbers");
  const results = await compute(gradientsProgram(traced), feedsOf(sample, "float32"));
  const names = traced.inputs.flatMap((x, i) => (isFloat(x) ? [`d${i}`] : []));
  const { d } = pytorch(sample);
  for (const [i, name] of names.entries()) expectClose(name, results.get(name)!.data, d[i]!, TOLERANCE);
}

/** What PyTorch computed for a sample, in float64. */
function pytorch({ name }: Sample): Results {
  const results = fixture[name];
  if (results !== undefined) return results;
  throw new HeedError("DATA_INVALID", `The fixture lacks "${name}": run scripts/fixtures/op_gradients.py.`);
}
