import { expect, it } from "vitest";
import { createGenerator } from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { dataAs } from "../../src/graph/tensor-data.ts";
import { inspect, teacherForced } from "../../src/inspect/index.ts";
import type { Model } from "../../src/models/model.ts";
import { createRandom, type Random } from "../../src/nn/random.ts";
import { integer, logSoftmax } from "./models.ts";

/** One row of a batch under way: what was fed, and the log-probabilities that each step gave. */
interface Row {
  readonly source: readonly number[];
  readonly ids: readonly number[];
  readonly steps: readonly Float32Array[];
}

const TOLERANCE = 1e-5;
const STEPS = 36;

/** What the generator counts on in a model of any family. */
export function familyContract(model: Model, runtime: () => Runtime): void {
  it("prefill and steps give what forward gives at every position, in a padded batch", async () => {
    const rows = await decodeAtRandom(model, runtime(), () => undefined);
    expect(rows[0]!.steps.length).toBe(STEPS);
    await expectForward(model, runtime(), rows);
  });

  it("they still do when rows change places, are repeated and are removed", async () => {
    const random = createRandom(3, "rows");
    const rows = await decodeAtRandom(model, runtime(), (count) => {
      const rows = integer(random, 1, 7);
      return random.uniform() < 0.6 ? Array.from({ length: rows }, () => integer(random, 0, count - 1)) : undefined;
    });
    await expectForward(model, runtime(), rows);
  });

  it("they still do when rows change places within their inputs only", async () => {
    const random = createRandom(4, "beams");
    const beams = [0, 0, 1, 1, 1, 2];
    let step = 0;
    const rows = await decodeAtRandom(model, runtime(), () => {
      if (step++ === 0) return beams;
      return beams.map((input) => {
        const ofInput = [...beams.keys()].filter((row) => beams[row] === input);
        return ofInput[integer(random, 0, ofInput.length - 1)]!;
      });
    });
    await expectForward(model, runtime(), rows);
  });
}

/** Feeds random tokens to three sources of different lengths; after each step, rows are selected as `select` says. */
async function decodeAtRandom(
  model: Model,
  runtime: Runtime,
  select: (rows: number) => readonly number[] | undefined,
): Promise<Row[]> {
  const { decoderStartTokenId, vocabSize } = model.config;
  const random = createRandom(2, "tokens");
  const sources = [5, 11, 1].map((length) => Array.from({ length }, () => token(random, model)));
  let rows: Row[] = sources.map((source) => ({ source, ids: [decoderStartTokenId], steps: [] }));
  await using generator = createGenerator(model, runtime);
  const state = await generator.prefill(sources);
  for (let step = 0; step < STEPS; step++) {
    const fed = rows.map(({ ids }) => ids.at(-1)!);
    const candidates = await generator.step(state, fed, { count: vocabSize, all: true, excluded: [] }, new Set());
    rows = rows.map((row, i) => ({ ...row, steps: [...row.steps, candidates[i]!.all!] }));
    const parents = select(rows.length);
    if (parents !== undefined) {
      await state.select(parents);
      rows = parents.map((parent) => rows[parent]!);
    }
    rows = rows.map((row) => ({ ...row, ids: [...row.ids, token(random, model)] }));
  }
  state.dispose();
  return rows;
}

function token(random: Random, { config }: Model): number {
  const id = integer(random, 0, config.vocabSize - 2);
  return id === config.padTokenId ? config.vocabSize - 1 : id;
}

/** Each row alone, without padding, through `forward`. */
async function expectForward(model: Model, runtime: Runtime, rows: readonly Row[]): Promise<void> {
  const { vocabSize } = model.config;
  for (const { source, ids, steps } of rows) {
    const batch = teacherForced([source], [ids.slice(1)], model.config);
    const logits = dataAs((await inspect(model, runtime, batch, ["logits"])).get("logits")!, "float32");
    steps.forEach((logProbs, position) => {
      const expected = logSoftmax(logits.subarray(position * vocabSize, (position + 1) * vocabSize));
      const worst = Math.max(...expected.map((x, id) => Math.abs(x - logProbs[id]!)));
      expect(worst, `position ${position}`).toBeLessThan(TOLERANCE);
    });
  }
}
