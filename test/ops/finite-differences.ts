import { dataAs, type Executable, type TensorData } from "../../src/graph/index.ts";
import { expectClose } from "./close.ts";
import { evaluate, run, runtime } from "./run.ts";
import type { Sample } from "./samples/sample.ts";
import { type Floats, feedsOf, gradientsProgram, isFloat, trace, valuesProgram } from "./trace.ts";

/** Steps that balance the error of truncation against that of rounding, and what they allow to conclude. */
const precisions = {
  float64: { step: 1e-5, tolerance: 1e-6 },
  float32: { step: 1e-2, tolerance: 1e-2 },
} as const;

/** Compares the gradient of every input with central differences of Σ ⟨dy, y⟩. */
export async function checkGradients(sample: Sample, floats: Floats): Promise<void> {
  const { step, tolerance } = precisions[floats];
  const traced = trace(sample, floats, "numbers");
  const feeds = feedsOf(sample, floats);
  const results = await evaluate(gradientsProgram(traced), feeds);
  await using values = await runtime.compile(valuesProgram(traced));
  for (const [i, x] of traced.inputs.entries()) {
    if (!isFloat(x)) continue;
    const differences = await centralDifferences(values, feeds, `x${i}`, step);
    expectClose(`d${i}`, dataAs(results.get(`d${i}`)!, floats), differences, tolerance);
  }
}

async function centralDifferences(
  values: Executable,
  feeds: ReadonlyMap<string, TensorData>,
  name: string,
  step: number,
): Promise<number[]> {
  const x = feeds.get(name)!.data as Float64Array;
  const differences: number[] = [];
  for (let i = 0; i < x.length; i++) {
    const at = x[i]!;
    x[i] = at + step;
    const [above, right] = [weightedSum(await run(values, feeds), feeds), x[i]!];
    x[i] = at - step;
    const [below, left] = [weightedSum(await run(values, feeds), feeds), x[i]!];
    x[i] = at;
    differences.push((above - below) / (right - left));
  }
  return differences;
}

/** Σ ⟨dy, y⟩ in float64. */
function weightedSum(results: ReadonlyMap<string, TensorData>, feeds: ReadonlyMap<string, TensorData>): number {
  let sum = 0;
  for (const [name, y] of results) {
    const dy = feeds.get(`d${name}`);
    if (dy !== undefined)
      dy.data.forEach((weight, i) => {
        sum += Number(weight) * Number(y.data[i]);
      });
  }
  return sum;
}
