import { expect, it } from "vitest";
import type { Candidates } from "../../src/generate/candidates.ts";
import { stateLayout } from "../../src/generate/decoding.ts";
import { createGenerator } from "../../src/generate/index.ts";
import { stepProgram } from "../../src/generate/programs.ts";
import { promptOf } from "../../src/generate/prompt.ts";
import { formatProgram } from "../../src/graph/print.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { dataAs } from "../../src/graph/tensor-data.ts";
import { padRows } from "../../src/inference/sequences.ts";
import { inspect } from "../../src/inspect/index.ts";
import { writtenVocabSize } from "../../src/models/family.ts";
import type { Model } from "../../src/models/model.ts";
import { fused } from "../../src/ops/fuse/index.ts";
import { createRandom, type Random } from "../../src/random.ts";
import { integer, logSoftmax } from "./models.ts";

/** One row of a batch: what it was given, what was fed and one token more, and the log-probabilities that each step gave; NaN: not told. */
interface Row {
  readonly given: readonly number[];
  /** How many of the tokens that are written were read before the first step. */
  readonly read: number;
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

  it("they still do when prompts are read in parts, and none changes the others", async () => {
    if (model.family.written === "inputIds")
      await expectForward(model, runtime(), await decodeInParts(model, runtime()));
  });

  it("they still do when greedy steps are made together, and none follows a forbidden token", async () => {
    await expectForward(model, runtime(), await decodeGreedily(model, runtime()));
  });
}

/** Each time five steps together; then the first input leaves the batch, as long as there is another. */
async function decodeGreedily(model: Model, runtime: Runtime): Promise<Row[]> {
  const { eosTokenId } = model.config;
  const vocabSize = writtenVocabSize(model.config);
  const given = randomGiven(model, createRandom(5, "greedy"));
  let rows = firstRows(model, given);
  const left: Row[] = [];
  await using generator = createGenerator(model, runtime);
  const { state } = await generator.prefill(given);
  const outputs = { count: vocabSize, renormalize: false, ends: [eosTokenId!] };
  const forbidden = new Set([eosTokenId!, 3]);
  for (let call = 0; call < 4; call++) {
    const fed = rows.map(({ ids }) => ids.at(-1)!);
    const made = await generator.greedySteps(state, fed, outputs, forbidden, 5);
    expect(made.length).toBe(5);
    for (const candidates of made) {
      rows = rows.map(({ ids, steps, ...row }, input) => {
        const [{ ids: found, logProbs }] = candidates[input]! as [Candidates];
        const known = new Float32Array(vocabSize).fill(Number.NaN);
        found.forEach((id, i) => {
          known[id] = logProbs[i]!;
        });
        return { ...row, ids: [...ids, found[0]!], steps: [...steps, known] };
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

/** Feeds random tokens to three inputs of different lengths; after each step, beams are selected as `select` says. */
async function decodeAtRandom(model: Model, runtime: Runtime, select: Select): Promise<Row[]> {
  const vocabSize = writtenVocabSize(model.config);
  const random = createRandom(2, "tokens");
  const given = randomGiven(model, random);
  let rows: Row[][] = firstRows(model, given).map((row) => [row]);
  const left: Row[] = [];
  await using generator = createGenerator(model, runtime);
  const { state } = await generator.prefill(given);
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
      left.push(...leaving.map((row) => ({ ...row, ids: [...row.ids, row.ids[0]!] })));
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

/** Prompts of which the generator reads the beginning, and the rest in two parts of different lengths. */
async function decodeInParts(model: Model, runtime: Runtime): Promise<Row[]> {
  const random = createRandom(6, "parts");
  const given = [14, 9, 5].map((length) => Array.from({ length }, () => token(random, model)));
  await using generator = createGenerator(model, runtime);
  const { state } = await generator.prefill(given.map((ids, i) => ids.slice(0, i + 1)));
  const middle = given.map((ids, i) => [i, ids.length - 4 + i] as const);
  await generator.read(
    state,
    given.map((ids, i) => ids.slice(...middle[i]!)),
  );
  await generator.read(
    state,
    given.map((ids, i) => ids.slice(middle[i]![1], -1)),
  );
  const outputs = { count: model.config.vocabSize, all: true, excluded: [] };
  const candidates = await generator.step(
    state,
    given.map((ids) => [ids.at(-1)!]),
    outputs,
    new Set(),
  );
  state.dispose();
  return firstRows(model, given).map((row, i) => ({ ...row, ids: [...row.ids, 1], steps: [candidates[i]![0]!.all!] }));
}

function randomGiven(model: Model, random: Random): number[][] {
  return [5, 11, 1].map((length) => Array.from({ length }, () => token(random, model)));
}

function firstRows(model: Model, given: readonly (readonly number[])[]): Row[] {
  const { written } = promptOf(model, given);
  return given.map((ids, i) => {
    const read = written[i]!.length - 1;
    return { given: ids, read, ids: [written[i]![read]!], steps: [] };
  });
}

/** Each row alone, without padding, through `forward`. */
async function expectForward(model: Model, runtime: Runtime, rows: readonly Row[]): Promise<void> {
  const vocabSize = writtenVocabSize(model.config);
  for (const { given, read, ids, steps } of rows) {
    const { inputs, written } = promptOf(model, [given]);
    const before = Array.prototype.slice.call(written[0], 0, read) as number[];
    const batch = { ...inputs, [model.family.written!]: padRows([[...before, ...ids.slice(0, -1)]], 0) };
    const logits = dataAs((await inspect(model, runtime, batch, ["logits"])).get("logits")!, "float32");
    steps.forEach((logProbs, step) => {
      const at = read + step;
      const expected = logSoftmax(logits.subarray(at * vocabSize, (at + 1) * vocabSize));
      const told = [...expected.keys()].filter((id) => !Number.isNaN(logProbs[id]));
      expect(told.length).toBeGreaterThan(vocabSize - 3);
      const worst = Math.max(...told.map((id) => Math.abs(expected[id]! - logProbs[id]!)));
      expect(worst, `step ${step}`).toBeLessThan(TOLERANCE);
    });
  }
}

/** How often each kernel that stands for several is in what a generator compiles: fusing is lost in silence. */
export async function fusedKernels(model: Model): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const { prefill } = stateLayout(model);
  const step = stepProgram(model, { count: 8, all: false, excluded: [] });
  const counts = async (program: typeof step) => {
    const printed = formatProgram(await fused(program, "cpu"));
    const found = [...printed.matchAll(/= (attend\w*|addLayerNorm\w*|softmax)\(/g)].map(([, op]) => op!);
    return Object.fromEntries([...new Set(found)].sort().map((op) => [op, found.filter((name) => name === op).length]));
  };
  return { step: await counts(step), ...(prefill && { prefill: await counts(prefill) }) };
}
