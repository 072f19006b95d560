import type { Device } from "../graph/runtime.ts";
import { parameterBytes } from "../models/model.ts";
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

/** Which steps suit. A loop of the engine is controlled by the CPU: on a GPU each of its iterations would wait for it. */
export function stepsOf({ numBeams, doSample }: GenerationSettings, device: Device): MakeSteps {
  return numBeams === 1 && !doSample && device !== "webgpu" ? greedySteps : oneStep;
}

export const oneStep: MakeSteps = async (generator, state, ids, step, settings) => {
  const forbidden = forbiddenAt(step, settings);
  return [await generator.step(state, ids, neededOutputs(settings, forbidden), forbidden)];
};

/**
 * Greedy steps are made together as long as they are about so many multiplications. What is saved is the start of calls,
 * which small models feel; between calls inputs leave the batch, the event loop gets its turn, and a signal is heard.
 */
const MULTIPLICATIONS = 2 ** 26;
const BYTES_OF_A_NUMBER = 4;

const greedySteps: MakeSteps = (generator, state, ids, step, settings) => {
  const { minNewTokens, maxNewTokens } = settings;
  const forbidden = forbiddenAt(step, settings);
  const perStep = (parameterBytes(generator.model) / BYTES_OF_A_NUMBER) * ids.length;
  const alike = (step < minNewTokens ? Math.min(minNewTokens, maxNewTokens) : maxNewTokens) - step;
  const steps = Math.max(1, Math.min(alike, Math.floor(MULTIPLICATIONS / perStep)));
  return generator.greedySteps(state, ids.flat(), neededOutputs(settings, forbidden), forbidden, steps);
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
