import type { Program } from "../../src/graph/index.ts";
import { registry } from "../../src/ops/index.ts";
import { notDifferentiated } from "../ops/ops.ts";
import { samples } from "../ops/samples/index.ts";
import type { Sample } from "../ops/samples/sample.ts";
import { gradientsProgram, trace, valuesProgram } from "../ops/trace.ts";

/** A sample of an op with its gradient, where it has one, for symbolic shapes. */
export function sampleProgram(sample: Sample): Program {
  const traced = trace(sample, "float32", "symbols");
  const plain = notDifferentiated.includes(sample.op) || traced.differentiable.length === 0;
  return { ...(plain ? valuesProgram(traced) : gradientsProgram(traced)), name: sample.name };
}

/** The last samples of each op: the more general ones. Those of 64 bits are left out, which WebGPU has not. */
export const gpuSamples = [...registry.keys()].flatMap((op) =>
  samples.filter((sample) => sample.op === op && !sample.name.includes("float64")).slice(-3),
);

export const programs = gpuSamples.map(sampleProgram);
