import { expect, it } from "vitest";
import type { Candidates } from "../../src/generate/candidates.ts";
import { createGenerator } from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { dataAs } from "../../src/graph/tensor-data.ts";
import { inspect, teacherForced } from "../../src/inspect/index.ts";
import type { Model } from "../../src/models/model.ts";
import { createRandom, type Random } from "../../src/random.ts";
import { integer, logSoftmax } from "./models.ts";

/** One row of a batch: what was fed and one token more, and the log-probabilities that each step gave; NaN: not told. */
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

  it("they still do when inputs leave the batch and beams follow any others, in any number", async () => {
    const random = createRandom(3, "beams");
    const rows = await decodeAtRandom(model, runtime(), (inputs, beams) => {
      if (random.uniform() < 0.4) return undefined;
      const stays = [...Array(inputs).keys()].filter(() => inputs === 1 || random.uniform() < 0.97);
      const kept = random.uniform() < 0.5 ? stays : stays.toReversed();
      const count = integer(random, 1, 5);
      return { kept, parents: kept.map(() => Array.from({ length: count }, () => integer(random, 0, beams - 1))) };
    });
    await expectForward(model, runtime(), rows);
  });

  it("they still do when beams only change places", async () => {
    const random = createRandom(4, "beams");
    const rows = await decodeAtRandom(model, runtime(), (inputs, beams) => {
      const parents = () => Array.from({ length: 3 }, () => integer(random, 0, beams - 1));
      return { kept: [...Array(inputs).keys()], parents: Array.from({ length: inputs }, parents) };
    });
    await expectForward(model, runtime(), rows);
  });

  it("they still do when greedy steps are made together, and none follows a forbidden token", async () => {
    await expectForward(model, runtime(), await decodeGreedily(model, runtime()));
  });
}

/** Each time five steps together; then the first input leaves the batch, as long as there is another. */
async function decodeGreedily(model: Model, runtime: Runtime): Promise<Row[]> {
  const { decoderStartTokenId, eosTokenId, vocabSize } = model.config;
  const random = createRandom(5, "greedy");
  const sources = [5, 11, 1].map((length) => Array.from({ length }, () => token(random, model)));
  let rows: Row[] = sources.map((source) => ({ source, ids: [decoderStartTokenId], steps: [] }));
  const left: Row[] = [];
  await using generator = createGenerator(model, runtime);
  const state = await generator.prefill(sources);
  const outputs = { count: vocabSize, renormalize: false };
  const forbidden = new Set([eosTokenId, 3]);
  for (let call = 0; call < 4; call++) {
    const fed = rows.map(({ ids }) => ids.at(-1)!);
    const made = await generator.greedySteps(state, fed, outputs, forbidden, 5);
    expect(made.length).toBe(5);
    for (const candidates of made) {
      rows = rows.map(({ source, ids, steps }, input) => {
        const [{ ids: found, logProbs }] = candidates[input]! as [Candidates];
        const known = new Float32Array(vocabSize).fill(Number.NaN);
        found.forEach((id, i) => {
          known[id] = logProbs[i]!;
        });
        return { source, ids: [...ids, found[0]!], steps: [...steps, known] };
      });
    }
    if (rows.length > 1) {
      left.push(rows[0]!);
      const kept = [...rows.keys()].slice(1);
      rows = rows.slice(1);
      await state.select(
        kept,
        kept.map(() => [0]),
      );
    }
  }
  state.dispose();
  const all = [...left, ...rows];
  for (const { ids } of all) expect(ids.slice(1).filter((id) => forbidden.has(id))).toEqual([]);
  return all;
}

/** Which inputs stay, and which beam each of their next beams follows; undefined: nothing changes. */
type Select = (
  inputs: number,
  beams: number,
) => { readonly kept: readonly number[]; readonly parents: readonly (readonly number[])[] } | undefined;

/** Feeds random tokens to three sources of different lengths; after each step, beams are selected as `select` says. */
async function decodeAtRandom(model: Model, runtime: Runtime, select: Select): Promise<Row[]> {
  const { decoderStartTokenId, vocabSize } = model.config;
  const random = createRandom(2, "tokens");
  const sources = [5, 11, 1].map((length) => Array.from({ length }, () => token(random, model)));
  let rows: Row[][] = sources.map((source) => [{ source, ids: [decoderStartTokenId], steps: [] }]);
  const left: Row[] = [];
  await using generator = createGenerator(model, runtime);
  const state = await generator.prefill(sources);
  const outputs = { count: vocabSize, all: true, excluded: [] };
  for (let step = 0; step < STEPS; step++) {
    const fed = rows.map((beams) => beams.map(({ ids }) => ids.at(-1)!));
    const candidates = await generator.step(state, fed, outputs, new Set());
    const extended = (row: Row, input: number, beam: number) => {
      return { ...row, steps: [...row.steps, candidates[input]![beam]!.all!] };
    };
    rows = rows.map((beams, input) => beams.map((row, beam) => extended(row, input, beam)));
    const selected = select(rows.length, rows[0]!.length);
    if (selected !== undefined) {
      const { kept, parents } = selected;
      const leaving = rows.filter((_, input) => !kept.includes(input)).flat();
      left.push(...leaving.map((row) => ({ ...row, ids: [...row.ids, decoderStartTokenId] })));
      await state.select(kept, parents);
      rows = kept.map((input, i) => parents[i]!.map((parent) => rows[input]![parent]!));
    }
    rows = rows.map((beams) => beams.map((row) => ({ ...row, ids: [...row.ids, token(random, model)] })));
  }
  state.dispose();
  return [...rows.flat(), ...left];
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
      const told = [...expected.keys()].filter((id) => !Number.isNaN(logProbs[id]));
      expect(told.length).toBeGreaterThan(vocabSize - 3);
      const worst = Math.max(...told.map((id) => Math.abs(expected[id]! - logProbs[id]!)));
      expect(worst, `position ${position}`).toBeLessThan(TOLERANCE);
    });
  }
}
