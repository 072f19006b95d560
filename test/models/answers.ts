import { expect } from "vitest";
import { generationDefaults } from "../../src/generate/defaults.ts";
import { createGenerator, generate } from "../../src/generate/index.ts";
import { program } from "../../src/graph/program.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { dataAs, int32, type TensorData } from "../../src/graph/tensor-data.ts";
import type { ModelFolder } from "../../src/hub/index.ts";
import { compileModel, runAndRead, traceForward } from "../../src/inference/forward.ts";
import { headOf } from "../../src/models/head-of.ts";
import type { Model } from "../../src/models/model.ts";
import type { Golden } from "./golden.ts";

/** Of the spread of what is expected. */
const TOLERANCE = 1e-4;

/** Its head gives PyTorch's numbers, in a padded batch. */
export async function expectOutput({ model }: ModelFolder, golden: Golden, runtime: Runtime): Promise<void> {
  const expected = headOf(model) === "states" ? (golden.states ?? golden.output) : golden.output;
  expectClose(await outputOf(model, golden, runtime), expected.data);
}

/** It goes on greedily as Python does. */
export async function expectGreedy(folder: ModelFolder, golden: Golden, runtime: Runtime): Promise<void> {
  const { ids, maxNewTokens } = golden.greedy!;
  const found = await continued(folder, golden, { maxNewTokens, numBeams: 1 }, runtime);
  expect(found.map(([best]) => best!.ids)).toEqual(ids);
}

/** It goes on with beams as Python does. */
export async function expectBeams(folder: ModelFolder, golden: Golden, runtime: Runtime): Promise<void> {
  const { ids, scores, ...options } = golden.beams!;
  const found = await continued(folder, golden, options, runtime);
  expect(found.map(([best]) => best!.ids)).toEqual(ids);
  found.forEach(([best], i) => {
    expect(best!.score).toBeCloseTo(scores[i]!, 4);
  });
}

/** The rows of the batch without padding. */
const realRows = ({ inputs: { inputIds, attentionMask } }: Golden): number[][] =>
  inputIds.map((row, i) => row.filter((_, position) => attentionMask[i]![position] === 1));

/** As Python was asked: without the token of padding, where that is not the end. */
async function continued(folder: ModelFolder, golden: Golden, options: object, runtime: Runtime) {
  const { padTokenId, eosTokenId } = folder.model.config;
  const suppressTokens = padTokenId === eosTokenId ? [] : [padTokenId];
  await using generator = createGenerator(
    folder.model,
    runtime,
    generationDefaults(folder.generationConfig, folder.model.config),
  );
  return await generate(generator, realRows(golden), { suppressTokens, ...options });
}

/** What the head gives, in the rows of the golden numbers. */
export async function outputOf(model: Model, golden: Golden, runtime: Runtime): Promise<number[]> {
  const { logits } = traceForward(model);
  const executable = await compileModel(runtime, model, program("forward", { logits }));
  try {
    const wanted = Object.keys(model.family.inputTypes(model.config));
    const feeds = new Map<string, TensorData>();
    for (const input of wanted) {
      const rows = golden.inputs[input] ?? shiftedOf(model, golden);
      feeds.set(input, int32([rows.length, rows[0]!.length], rows.flat()));
    }
    const output = (await runAndRead(executable, feeds)).get("logits")!;
    return rowsOf(output, model, golden);
  } finally {
    await executable.dispose();
  }
}

/** Classifiers with a decoder feed it the input, shifted right behind the start token. */
function shiftedOf({ config }: Model, { inputs }: Golden): number[][] {
  return inputs.inputIds.map((row) => [config.decoderStartTokenId!, ...row.slice(0, -1)]);
}

function rowsOf(output: TensorData, model: Model, { inputs }: Golden): number[] {
  const data = dataAs(output, "float32");
  if (headOf(model) === "sequenceClass") return [...data];
  const width = output.shape.at(-1)!;
  const isReal = inputs.decoderInputIds?.map((row) => row.map(() => 1)) ?? inputs.attentionMask;
  return isReal.flat().flatMap((real, i) => (real ? [...data.subarray(i * width, (i + 1) * width)] : []));
}

export function expectClose(found: readonly number[], expected: readonly number[], tolerance = TOLERANCE): void {
  expect(found.length).toBe(expected.length);
  const mean = expected.reduce((sum, x) => sum + x, 0) / expected.length;
  const spread = Math.sqrt(expected.reduce((sum, x) => sum + (x - mean) ** 2, 0) / expected.length);
  const furthest = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - found[i]!)), 0);
  expect(furthest / spread).toBeLessThan(tolerance);
}
