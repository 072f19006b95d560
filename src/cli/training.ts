import { HeedError } from "../error.ts";
import { readCheckpoints } from "../hub/node.ts";
import type { EndEvent, StartEvent } from "../train/events.ts";
import type { RecipeInput } from "../translation/recipe.ts";
import { trainTranslator } from "../translation/train-translator.ts";
import { type Io, say } from "./io.ts";
import { createMeter, type Meter } from "./meter.ts";
import type { runtimeOptions } from "./options.ts";
import { untilStopped } from "./stop.ts";
import { endText, showTraining } from "./training-progress.ts";

/** A training to run or to go on with. */
export interface Training extends ReturnType<typeof runtimeOptions> {
  readonly folder: string;
  /** What to train; where a run is resumed, the recipe in its folder unless there is one. */
  readonly recipe?: RecipeInput | undefined;
  readonly resume?: boolean | undefined;
  /** The command by which the training goes on after it was stopped. */
  readonly resumeCommand: string;
}

/**
 * Trains, and shows how it goes on standard error. A signal stops the training and saves it.
 *
 * @throws Exit after a signal; HeedError as `trainTranslator`
 */
export async function runTraining(training: Training, io: Io): Promise<EndEvent> {
  const { recipe, resumeCommand, ...options } = training;
  const meter = createMeter(io.stderr);
  const announce = () => meter.note("Stopping; once more quits at once.");
  return untilStopped(io, announce, async (signal) => {
    const events = trainTranslator(recipe, { ...options, signal });
    try {
      return await follow(events, meter);
    } catch (error) {
      throw await withAdvice(error, training);
    } finally {
      if (signal.aborted) say(io, `Go on with it: ${resumeCommand}`);
    }
  });
}

/** Of a run that could not be written, whether it can go on. */
async function withAdvice(error: unknown, { folder, resumeCommand }: Training): Promise<unknown> {
  if (!(error instanceof HeedError) || error.code !== "FILE_UNWRITABLE") return error;
  const checkpoints = await readCheckpoints(folder).catch(() => undefined);
  if (checkpoints === undefined) return error;
  const advice = `The last good checkpoint is ${checkpoints.latest}. Go on from there: ${resumeCommand}`;
  return new HeedError(error.code, `${error.message}\n${advice}`, { path: error.path, cause: error });
}

async function follow(events: ReturnType<typeof trainTranslator>, meter: Meter): Promise<EndEvent> {
  let start: StartEvent | undefined;
  try {
    for await (const event of events) {
      if (event.type === "start") start = event;
      showTraining(meter, event, start?.settings);
      if (event.type !== "end") continue;
      meter.note(endText(event, start));
      return event;
    }
  } finally {
    meter.stop();
  }
  throw new HeedError("ABORTED", "The training ended without saying why.");
}
