import { HeedError } from "../error.ts";
import { program } from "../graph/program.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import { dataAs } from "../graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../inference/forward.ts";
import { padRows } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { logSoftmax } from "../ops/index.ts";
import { createRandom } from "../random.ts";
import { writtenBy } from "./decoding.ts";
import { createGenerator } from "./generator.ts";
import { promptOf } from "./prompt.ts";

/** Of log-probabilities: what rounding may change. */
const TOLERANCE = 1e-3;
const LENGTHS = [5, 2, 7] as const;
const STEPS = 4;

/**
 * Tells whether a family of one's own decodes what it computes: whether steps behind a past give what `forward` gives with all
 * positions at once, in a batch of prompts of different lengths. What a forward forgets to say (`ctx.behindPast`, `ctx.past`)
 * often fails in no other way than this: texts that are not the model's.
 *
 * @param model With numbers that matter: at random, such as `createModel` gives.
 * @throws HeedError GRAPH_INVALID with the first step that differs, and what is usually the cause
 */
export async function checkFamily(model: Model, runtime: Runtime): Promise<void> {
  const random = createRandom(0, "check");
  const token = () => 1 + Math.floor(random.uniform() * (model.config.vocabSize - 1));
  const given = LENGTHS.map((length) => Array.from({ length }, token));
  const { written } = promptOf(model, given);
  const fed = written.map((ids) => [ids[ids.length - 1]!, ...Array.from({ length: STEPS - 1 }, token)]);
  const stepped = await steps(model, runtime, given, fed);
  const forward = program("forward", { logProbs: logSoftmax(traceForward(model).logits) });
  const executable = await compileModel(runtime, model, forward);
  try {
    for (const [row, ids] of given.entries()) {
      const before = Array.prototype.slice.call(written[row]!, 0, -1) as number[];
      const whole = await forwardOf(model, executable, ids, [...before, ...fed[row]!]);
      for (let step = 0; step < STEPS; step++)
        refuseOthers(stepped[step]![row]!, whole[before.length + step]!, step, model);
    }
  } finally {
    await executable.dispose();
  }
}

function refuseOthers(found: Float32Array, expected: Float32Array, step: number, { family }: Model): void {
  const worst = expected.reduce((most, x, id) => Math.max(most, Math.abs(x - found[id]!)), 0);
  if (worst <= TOLERANCE) return;
  const what = `${family.modelType}: step ${step + 1} behind a prompt gives log-probabilities that differ by ${worst.toFixed(3)}`;
  const causes =
    "Is what later positions need given by ctx.behindPast, and is ctx.past given to all that depends on positions " +
    "(causalMask, positionRows, rotation, relativePositions)?";
  throw new HeedError("GRAPH_INVALID", `${what} from those of forward with all positions at once. ${causes}`);
}

/** The log-probabilities of each step, of each row. */
async function steps(model: Model, runtime: Runtime, given: readonly number[][], fed: readonly number[][]) {
  await using generator = createGenerator(model, runtime);
  const { state } = await generator.prefill(given);
  const outputs = { count: 1, all: true, excluded: [] };
  const found: Float32Array[][] = [];
  try {
    for (let step = 0; step < STEPS; step++) {
      const candidates = await generator.step(
        state,
        fed.map((ids) => [ids[step]!]),
        outputs,
        new Set(),
      );
      found.push(candidates.map(([only]) => only!.all!));
    }
  } finally {
    state.dispose();
  }
  return found;
}

/** The log-probabilities at each position of one row, with all positions at once. */
async function forwardOf(model: Model, executable: Executable, ids: readonly number[], written: readonly number[]) {
  const inputs = { ...promptOf(model, [ids]).inputs, [writtenBy(model)]: padRows([written], 0) };
  const logProbs = (await runAndRead(executable, new Map(Object.entries(inputs)))).get("logProbs")!;
  const data = dataAs(logProbs, "float32");
  const { vocabSize } = model.config;
  return written.map((_, at) => data.subarray(at * vocabSize, (at + 1) * vocabSize));
}
