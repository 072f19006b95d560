import type { OpenSchedule, Schedule } from "./schedule.ts";
import type { OpenSettings, TrainSettings } from "./settings.ts";

/**
 * Updates after which more of them teach a model of the default size little. Of 3,000 pairs of Tatoeba (English–Chinese)
 * the validation BLEU was 3 after 500, 11 after 1,000, and 12 to 13 from 1,300 on; of 30,000 (English–French) it was 25
 * after 1,000, and after 2,000 it still rose a little.
 */
export const UPDATES = 3000;
/** Of many data not even one epoch is needed for that, but what was seen but once or twice is not learned. */
const FEWEST_EPOCHS = 10;

/** Batches of an epoch: fewer and larger ones leave little data with too few updates. */
const BATCHES = 50;
/** Smaller batches make gradients of noise, and steps that cost more than their arithmetic. */
export const SMALLEST_BATCH = 512;
/** Larger ones make steps slower by as much, and learn no faster for it. */
const LARGEST_BATCH = 4096;

/**
 * The share of the steps over which the rate rises, and the most of them: a rate that rises longer only costs time. Where
 * only the clock ends a training nobody knows its steps, and they may be few.
 */
const WARMUP = { share: 1 / 5, longest: 400, unknown: 100 };

/** What is known of the data before the first step. */
export interface DataFacts {
  /** Source and target tokens of an epoch, padding left out. */
  readonly tokens: number;
  /** The score that the run's own validation measures, such as `bleu`, where it measures one. */
  readonly score?: string | undefined;
}

/** What settings may leave open, as a training has it. Of a schedule without a warm-up its steps are null. */
export interface Settled {
  readonly maxTokens: number;
  readonly maxEpochs: number | null;
  readonly warmupSteps: number | null;
  readonly bestBy: string;
}

/**
 * Settings of which nothing is open: what they say stands, and the rest suits the data.
 *
 * @param before What a run that goes on had: it keeps it, whatever would be chosen today.
 */
export function settle(open: OpenSettings, facts: DataFacts, before?: Settled | undefined): TrainSettings {
  const maxTokens = open.maxTokens ?? before?.maxTokens ?? batchTokens(facts.tokens / open.accumulate);
  const perEpoch = Math.ceil(facts.tokens / maxTokens / open.accumulate);
  const hasEnd = open.maxEpochs !== null || open.maxSteps !== null || open.maxSeconds !== null;
  const maxEpochs = hasEnd ? open.maxEpochs : (before?.maxEpochs ?? epochs(perEpoch));
  const steps = Math.min(open.maxSteps ?? Number.POSITIVE_INFINITY, (maxEpochs ?? Number.POSITIVE_INFINITY) * perEpoch);
  const schedule = withWarmup(open.schedule, before?.warmupSteps ?? warmupSteps(steps));
  return { ...open, maxTokens, maxEpochs, schedule, bestBy: bestBy(open, facts, before) };
}

/** Of settled settings, what may have been left open. */
export function settledOf({ maxTokens, maxEpochs, schedule, bestBy }: TrainSettings): Settled {
  return { maxTokens, maxEpochs, warmupSteps: warmupOf(schedule), bestBy };
}

/** The steps over which the rate of a schedule rises, null where there are none to choose. */
export function warmupOf<S extends OpenSchedule | Schedule>(schedule: S): number | null {
  return "warmupSteps" in schedule ? schedule.warmupSteps : null;
}

/** A power of two: a few pairs more change nothing. */
function batchTokens(tokens: number): number {
  const suitable = 2 ** Math.round(Math.log2(Math.max(1, tokens / BATCHES)));
  return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, suitable));
}

function epochs(stepsPerEpoch: number): number {
  return Math.max(FEWEST_EPOCHS, Math.ceil(UPDATES / Math.max(1, stepsPerEpoch)));
}

function warmupSteps(steps: number): number {
  if (steps === Number.POSITIVE_INFINITY) return WARMUP.unknown;
  return Math.max(1, Math.min(WARMUP.longest, Math.floor(steps * WARMUP.share)));
}

function withWarmup(schedule: OpenSchedule, steps: number): Schedule {
  return "warmupSteps" in schedule ? { ...schedule, warmupSteps: schedule.warmupSteps ?? steps } : schedule;
}

/** A score says more of translations than the loss, which soon rises again where there are few data. */
function bestBy(open: OpenSettings, { score }: DataFacts, before: Settled | undefined): string {
  const kept = [score, "loss"].find((name) => name === before?.bestBy);
  return open.bestBy ?? kept ?? score ?? "loss";
}
