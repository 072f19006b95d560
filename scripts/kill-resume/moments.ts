import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "./command.ts";
import { checkpointsOf } from "./folders.ts";

/** When to kill: so long after the start, or so long after the writing of a checkpoint was seen to begin. */
export interface Moment {
  /** Which checkpoint, counted from 1; 0: none is waited for. */
  readonly save: number;
  readonly milliseconds: number;
}

/** Moments that are aimed at saves are so at one of the first so many. */
const AIMED_SAVES = 10;

/** How long a whole training takes, in milliseconds, and how many checkpoints it saves. */
export interface Extent {
  readonly length: number;
  readonly saves: number;
}

/**
 * Draws a moment, aimed at the writing of a checkpoint or anywhere in a training.
 *
 * @param below Draws an integer from 0 to n − 1.
 */
export function drawMoment(below: (n: number) => number, aimed: boolean, { length, saves }: Extent): Moment {
  if (!aimed) return { save: 0, milliseconds: below(Math.ceil(length)) };
  // A save takes a part of the time between the beginnings of two, and most moments are early in it.
  const early = (below(1000) / 1000) ** 3;
  return { save: 1 + below(AIMED_SAVES), milliseconds: Math.round((early * length) / saves / 2) };
}

export function momentText({ save, milliseconds }: Moment): string {
  return save === 0 ? `${milliseconds} ms after its start` : `${milliseconds} ms into save ${save}`;
}

/** Kills a training in this folder at a moment, unless it ends before. */
export async function killAt(command: Command, run: string, { save, milliseconds }: Moment): Promise<void> {
  // What an earlier kill left is there before the command has begun.
  let present = hiddenNames(run);
  for (let saves = 0; command.running && saves < save; ) {
    await sleep(1);
    const now = hiddenNames(run);
    saves += now.filter((name) => !present.includes(name)).length;
    present = now;
  }
  await Promise.race([sleep(milliseconds), command.ended]);
  command.process.kill("SIGKILL");
}

function hiddenNames(run: string): string[] {
  try {
    return readdirSync(checkpointsOf(run)).filter((name) => name.endsWith(".new"));
  } catch {
    return []; // There is no such folder yet.
  }
}
