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

/**
 * Which steps suit. A large model gains nothing by steps made together; and a loop of the engine is controlled by the CPU:
 * on a GPU each of its iterations would wait for it.
 */
export function stepsOf(
  { numBeams, doSample }: GenerationSettings,
  { model, runtime: { device } }: SequenceGenerator,
): MakeSteps {
  const parameters = countParameters(model.family.spec(model.config));
  const pays = 2 * FEW * parameters <= MULTIPLICATIONS && device !== "webgpu";
  return numBeams === 1 && !doSample && pays ? greedySteps(parameters) : oneStep;
}

export const oneStep: MakeSteps = async (generator, state, ids, step, settings) => {
  const forbidden = forbiddenAt(step, settings);
  return [await generator.step(state, ids, neededOutputs(settings, forbidden), forbidden)];
};

/**
 * Greedy steps are made together as long as they are so few, and about so few multiplications. What is saved is the start
 * of calls, which small models feel; between calls inputs leave the batch, the event loop gets its turn, and a signal is
 * heard. A step of few rows takes as long as it takes to read the parameters: as long as one of FEW.
 */
const STEPS = 16;
const MULTIPLICATIONS = 2 ** 28;
const FEW = 4;

const greedySteps =
  (parameters: number): MakeSteps =>
  (generator, state, ids, step, settings) => {
    const { minNewTokens, maxNewTokens, top, renormalizeLogits } = settings;
    const alike = (step < minNewTokens ? Math.min(minNewTokens, maxNewTokens) : maxNewTokens) - step;
    const few = Math.floor(MULTIPLICATIONS / (parameters * Math.max(FEW, ids.length)));
    const outputs = { count: Math.max(1, top), renormalize: renormalizeLogits };
    const steps = Math.max(1, Math.min(alike, few, STEPS));
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

function forbiddenAt(step: number, { suppressed, minNewTokens, eosTokenId }: GenerationSettings): ReadonlySet<number> {
  return step < minNewTokens ? new Set([...suppressed, eosTokenId]) : suppressed;
}
