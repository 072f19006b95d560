import { HeedError, throwIfAborted } from "../error.ts";
import { batchesByLength, checkSequences, type Ids } from "../inference/sequences.ts";
import type { ScoredToken } from "../inspect/score.ts";
import { pacer } from "../pacer.ts";
import { createRandom } from "../random.ts";
import { BeamSearch } from "./beam-search.ts";
import { type Candidates, certain } from "./candidates.ts";
import type { SequenceGenerator } from "./generator.ts";
import { SAMPLES_TOGETHER } from "./limits.ts";
import { type GenerationOptions, type GenerationSettings, resolveOptions, withDefaults } from "./options.ts";
import { type Choose, mostProbable, PathSearch } from "./path-search.ts";
import { longestRead } from "./prompt.ts";
import { draw, samplingDistribution } from "./sampling.ts";
import type { Continuation, Generation, Search } from "./search.ts";
import { type MakeSteps, oneStep, stepsOf } from "./steps.ts";

/** Finished inputs leave the batch once they are this share of it: making the batch smaller takes copying. */
const FINISHED_SHARE = 0.1;

/** An input of the batch that is decoded. */
interface Running {
  readonly input: number;
  /** The beams of the next step; none once the input is finished, and only waits to leave the batch. */
  readonly beams: readonly Continuation[];
}

/**
 * Generates by greedy decoding, beam search or sampling, whichever the options say. Inputs are cut into batches of
 * similar length; what an input gives does not depend on the others, nor on their order, but for rounding.
 *
 * @param sources Token ids as the model reads them, the end-of-sentence token included where it expects one.
 * @param draws For each input the number of its random numbers: those of equal number draw alike. The place unless given.
 * @returns For each input, in the order given, the sequences found: the best first, samples in the order drawn.
 * @throws HeedError CONFIG_INVALID for wrong options, INPUT_INVALID, INPUT_TOO_LONG, ABORTED
 */
export async function generate(
  generator: SequenceGenerator,
  sources: readonly Ids[],
  options: GenerationOptions = {},
  draws: readonly number[] = [...sources.keys()],
): Promise<Generation[][]> {
  const { config } = generator.model;
  checkSequences("input", sources, config);
  const settings = resolveOptions(
    withDefaults(options, generator.defaults),
    config,
    longestRead(generator.model, sources),
  );
  const searches = sources.map((_, index) => createSearches(settings, draws[index]!));
  const parts = searches.flatMap((ofInput, input) => ofInput.map((search) => ({ source: sources[input]!, search })));
  const makeSteps = stepsOf(settings, generator);
  const lengths = parts.map(({ source }) => source.length);
  for (const batch of batchesByLength(lengths, (rows) => rows <= settings.batchSize)) {
    const sourcesOf = batch.map((index) => parts[index]!.source);
    const searchesOf = batch.map((index) => parts[index]!.search);
    const steps = decode(generator, sourcesOf, searchesOf, settings, makeSteps);
    while (!(await steps.next()).done);
  }
  return searches.map((ofInput) => ofInput.flatMap((search) => search.results()));
}

/** A token of a stream. */
export interface TokenEvent extends ScoredToken {
  /** Its position in the sequence, counted from 0. */
  readonly index: number;
}

/**
 * Generates one sequence and gives each token, the end-of-sentence token included, as soon as it is chosen. Leaving the
 * loop ends the generation.
 *
 * @throws HeedError as `generate`, and CONFIG_INVALID for beam search, which knows its tokens only at the end
 */
export async function* stream(
  generator: SequenceGenerator,
  source: Ids,
  options: GenerationOptions = {},
): AsyncGenerator<TokenEvent, void, undefined> {
  const { config } = generator.model;
  checkSequences("input", [source], config);
  const settings = resolveOptions(
    withDefaults(options, generator.defaults),
    config,
    longestRead(generator.model, [source]),
  );
  const [search] = createSearches(settings, 0);
  if (!(search instanceof PathSearch) || settings.numReturnSequences > 1) {
    const message = "A stream is one sequence, by greedy decoding or sampling.";
    throw new HeedError("CONFIG_INVALID", `${message} Set numBeams and numReturnSequences to 1.`, { path: "numBeams" });
  }
  for await (const index of decode(generator, [source], [search], settings, oneStep)) {
    yield { index, ...search.tokens(0)[index]! };
  }
}

/** The search of an input: one, but that many samples are drawn a few at a time. */
function createSearches(settings: GenerationSettings, draws: number): Search[] {
  if (settings.numBeams > 1) return [new BeamSearch(settings)];
  if (!settings.doSample) return [new PathSearch(1, mostProbable, settings)];
  const { numReturnSequences: wanted } = settings;
  return Array.from({ length: Math.ceil(wanted / SAMPLES_TOGETHER) }, (_, part) => {
    const first = part * SAMPLES_TOGETHER;
    const count = Math.min(SAMPLES_TOGETHER, wanted - first);
    return new PathSearch(count, sampler(settings, draws, first, count), settings);
  });
}

/** Each sequence draws from numbers of its own, so that they do not depend on the batch. */
function sampler(settings: GenerationSettings, draws: number, first: number, count: number): Choose {
  const sequences = Array.from({ length: count }, (_, sequence) =>
    createRandom(settings.seed, `input ${draws}, sequence ${first + sequence}`),
  );
  return (candidates, sequence) => draw(samplingDistribution(candidates, settings), sequences[sequence]!);
}

/**
 * Decodes one batch, one search for each source, and gives the index of each step that was made.
 *
 * @param makeSteps Where it makes several, the first is told when the last is made.
 */
async function* decode(
  generator: SequenceGenerator,
  sources: readonly Ids[],
  searches: readonly Search[],
  settings: GenerationSettings,
  makeSteps: MakeSteps,
): AsyncGenerator<number, void, undefined> {
  const filler = settings.ends[0] ?? generator.model.config.padTokenId;
  throwIfAborted(settings.signal);
  const { state, ids: first } = await generator.prefill(sources, settings.signal);
  try {
    let batch: Running[] = first.map((id, input) => ({ input, beams: [{ row: 0, id }] }));
    for (let step = 0; ; ) {
      if (pacer.due()) await pacer.rest();
      throwIfAborted(settings.signal);
      const ids = equallyMany(batch, filler).map((beams) => beams.map(({ id }) => id));
      for (const candidates of await makeSteps(generator, state, ids, step, settings)) {
        batch = batch.map(({ input, beams }, i) => {
          const ofBeams = forced(candidates[i]!.slice(0, beams.length), step, settings);
          return { input, beams: beams.length === 0 ? [] : searches[input]!.advance(ofBeams) };
        });
        yield step++;
      }
      const kept = placesToKeep(batch);
      if (kept.length === 0) return;
      batch = kept.map((place) => batch[place]!);
      const parents = equallyMany(batch, filler).map((beams) => beams.map(({ row }) => row));
      await state.select(kept, parents);
    }
  } finally {
    state.dispose();
  }
}

/** The beams of each input, made equally many by some that nobody reads. */
function equallyMany(batch: readonly Running[], filler: number): Continuation[][] {
  const count = Math.max(...batch.map(({ beams }) => beams.length));
  return batch.map(({ beams }) => Array.from({ length: count }, (_, beam) => beams[beam] ?? { row: 0, id: filler }));
}

/**
 * The places of the inputs that stay in the batch: all, or those that are not finished; none once all are. The last ones
 * come to where others have left, so that few move.
 */
function placesToKeep(batch: readonly Running[]): number[] {
  const places = [...batch.keys()];
  const unfinished = places.filter((place) => batch[place]!.beams.length > 0);
  const few = unfinished.length > 0 && places.length - unfinished.length < FINISHED_SHARE * places.length;
  if (few) return places;
  const last = unfinished.filter((place) => place >= unfinished.length);
  return places.slice(0, unfinished.length).map((place) => (unfinished.includes(place) ? place : last.pop()!));
}

function forced(candidates: readonly Candidates[], step: number, settings: GenerationSettings): readonly Candidates[] {
  const { forcedBosTokenId, forcedEosTokenId, maxNewTokens } = settings;
  const first = step === 0 ? forcedBosTokenId : undefined;
  const id = (step === maxNewTokens - 1 ? forcedEosTokenId : undefined) ?? first;
  return id === undefined ? candidates : candidates.map(() => certain(id));
}
