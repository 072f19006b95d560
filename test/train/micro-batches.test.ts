import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import { startToken } from "../../src/inference/sequences.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import type { Batch } from "../../src/train/batches.ts";
import { Learner, trainSchema } from "../../src/train/index.ts";
import { randomSequences, smallTransformer } from "../generate/models.ts";
import { type PaddedRows, toBatch } from "../models/fixtures.ts";
import { furthest } from "../models/numbers.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const model = smallTransformer({ dropout: 0 });
const { padTokenId } = model.config;
const sources = randomSequences([2, 9, 4, 4, 7, 3, 12, 5], 1);
const targets = randomSequences([6, 3, 1, 10, 8, 2, 7, 4], 2);
// An epsilon far above rounding: Adam divides by a gradient's size, and makes a full step of noise where it is none.
const settings = trainSchema.parse({ optimizer: { epsilon: 1e-4 }, clipNorm: 0.5 });

/** The sentences of those numbers, with so many columns of padding more than they need. */
function batchOf(sentences: readonly number[], padding: number): Batch {
  const padded = (rows: number[][], fill: number) => {
    const width = Math.max(...rows.map(({ length }) => length)) + padding;
    return rows.map((row) => [...row, ...new Array<number>(width - row.length).fill(fill)]);
  };
  const [source, target] = [sources, targets].map((all) => sentences.map((i) => all[i]!));
  const rows: PaddedRows = {
    input_ids: padded(source!, padTokenId),
    attention_mask: padded(
      source!.map((row) => row.map(() => 1)),
      0,
    ),
    decoder_input_ids: padded(
      target!.map((row) => [startToken(model.config), ...row.slice(0, -1)]),
      padTokenId,
    ),
    labels: padded(target!, -100),
  };
  return toBatch(rows);
}

interface Outcome {
  readonly loss: number[];
  readonly norm: number[];
  readonly parameters: ReadonlyMap<string, TensorData>;
  readonly moments: ReadonlyMap<string, TensorData>;
}

/** Two updates, each from all sentences. */
async function update(partition: readonly (readonly number[])[], padding = 0): Promise<Outcome> {
  const batches = partition.map((sentences) => batchOf(sentences, padding));
  await using learner = await Learner.create(model, runtime, settings);
  const results = [await learner.update(batches, 1, 0.01), await learner.update(batches, 2, 0.01)];
  return {
    loss: results.map(({ loss }) => loss),
    norm: results.map(({ gradientNorm }) => gradientNorm),
    parameters: (await learner.snapshot()).parameters,
    moments: await learner.moments(),
  };
}

describe("the update does not depend on how the sentences are cut into micro-batches", () => {
  let whole: Outcome;
  beforeAll(async () => {
    whole = await update([[0, 1, 2, 3, 4, 5, 6, 7]]);
  });

  it.each<{ name: string; partition: number[][]; padding?: number }>([
    { name: "one, in another order", partition: [[7, 2, 4, 1, 0, 6, 3, 5]] },
    { name: "one, with more padding", partition: [[0, 1, 2, 3, 4, 5, 6, 7]], padding: 5 },
    { name: "two", partition: [[0, 1, 2, 3], [4, 5, 6, 7]] }, // biome-ignore format: one line a case
    { name: "two, of very different size", partition: [[2], [0, 1, 3, 4, 5, 6, 7]] },
    { name: "three, uneven, with padding", partition: [[3, 6], [2], [0, 1, 4, 5, 7]], padding: 2 },
    { name: "one for each sentence", partition: [[0], [1], [2], [3], [4], [5], [6], [7]] },
  ])("$name", async ({ partition, padding }) => {
    const parts = await update(partition, padding);
    expect(furthest(parts.loss, whole.loss)).toBeLessThan(1e-5);
    expect(furthest(parts.norm, whole.norm)).toBeLessThan(1e-5);
    for (const state of ["parameters", "moments"] as const) {
      for (const [path, { data }] of whole[state]) {
        expect(furthest(parts[state].get(path)!.data as Float32Array, data as Float32Array), path).toBeLessThan(1e-5);
      }
    }
  });

  it("and is one that changes the parameters", () => {
    expect(whole.norm[0]).toBeGreaterThan(settings.clipNorm!);
    const { data } = whole.parameters.get("encoder.layers.0.feedForward.in.weight")!;
    const before = model.parameters.get("encoder.layers.0.feedForward.in.weight")!.data;
    expect(furthest(data as Float32Array, before)).toBeGreaterThan(0.005);
  });
});
