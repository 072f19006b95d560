import type { Device } from "../graph/device.ts";
import { countParameters } from "../nn/parameter.ts";
import type { Candidates } from "./candidates.ts";
import type { SequenceGenerator } from "./generator.ts";
import type { GenerationSettings } from "./options.ts";
import type { StepOutputs } from "./programs.ts";
import type { DecodingState } from "./state.ts";

/**
 * Makes one step, or several where it is certain what each is fed.
 *
 * @param ids The last token of each beam of each input.
 * @param step How many steps were made before.
 * @returns Of each step, of each input, the candidates of each beam.
 */
export type MakeSteps = (
  generator: SequenceGenerator,
  state: DecodingState,
  ids: readonly (readonly number[])[],
  step: number,
  settings: GenerationSettings,
) => Promise<Candidates[][][]>;

/** Which steps suit. */
export function stepsOf({ numBeams, doSample }: GenerationSettings, { model, runtime }: SequenceGenerator): MakeSteps {
  const parameters = countParameters(model.family.spec(model.config));
  const most = (rows: number) => stepsTogether(parameters, rows, runtime.device);
  return numBeams === 1 && !doSample && most(1) > 1 ? greedySteps(most) : oneStep;
}

export const oneStep: MakeSteps = async (generator, state, ids, step, settings) => {
  const forbidden = forbiddenAt(step, settings);
  return [await generator.step(state, ids, neededOutputs(settings, forbidden), forbidden)];
};

const STEPS = 16;
const MULTIPLICATIONS = 2 ** 26;
/** So many rows take as long as one on a CPU, which waits for the parameters to come from memory. */
const ROWS_LIKE_ONE = 4;

/**
 * How many greedy steps are one call: so few, and of about so few multiplications. What is saved is the start of calls,
 * which small models feel; between calls inputs leave the batch, the event loop gets its turn, and a signal is heard.
 * On a GPU each step is a call: a loop of the engine is controlled by the CPU, and each of its iterations would wait for
 * the GPU.
 */
export function stepsTogether(parameters: number, rows: number, device: Device): number {
  if (device === "webgpu") return 1;
  const counted = device === "cpu" ? Math.max(1, rows / ROWS_LIKE_ONE) : rows;
  return Math.max(1, Math.min(STEPS, Math.floor(MULTIPLICATIONS / (parameters * counted))));
}

const greedySteps =
  (most: (rows: number) => number): MakeSteps =>
  (generator, state, ids, step, settings) => {
    const { minNewTokens, maxNewTokens, top, renormalizeLogits } = settings;
    const alike = (step < minNewTokens ? Math.min(minNewTokens, maxNewTokens) : maxNewTokens) - step;
    const outputs = { count: Math.max(1, top), renormalize: renormalizeLogits, ends: settings.ends };
    const isForced = step === 0 && settings.forcedBosTokenId !== undefined;
    const steps = isForced ? 1 : Math.min(alike, most(ids.length));
    return generator.greedySteps(state, ids.flat(), outputs, forbiddenAt(step, settings), steps);
  };

/** Forbidden tokens may be among the most probable ones: so many more are asked for. */
function neededOutputs(settings: GenerationSettings, forbidden: ReadonlySet<number>): StepOutputs {
  const { doSample, numBeams, topK, top, renormalizeLogits } = settings;
  const chosenFrom = doSample ? (topK ?? 1) : numBeams > 1 ? 2 * numBeams : 1;
  return {
    count: Math.max(chosenFrom, top) + forbidden.size,
    all: doSample && topK === undefined,
    excluded: renormalizeLogits ? [...forbidden] : [],
  };
}

function forbiddenAt(step: number, { suppressed, minNewTokens, ends }: GenerationSettings): ReadonlySet<number> {
  return step < minNewTokens ? new Set([...suppressed, ...ends]) : suppressed;
}
