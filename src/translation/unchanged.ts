import { HeedError } from "../error.ts";

/**
 * Settings of a run that is resumed, which must be what they were when it began.
 *
 * @param section Their place in the recipe, for messages: `model`.
 * @throws HeedError CHECKPOINT_MISMATCH, naming the first that was changed
 */
export function refuseChanges(section: string, then: object, now: object): void {
  const [before, after] = [then, now] as Readonly<Record<string, unknown>>[];
  const changed = Object.keys(after!).find((key) => after![key] !== before![key]);
  if (changed === undefined) return;
  const path = `${section}.${changed}`;
  const values = `${JSON.stringify(before![changed])}, now ${JSON.stringify(after![changed])}`;
  const message = `The recipe's ${path} is not what the run began with (${values}). Undo the change, or start a new run.`;
  throw new HeedError("CHECKPOINT_MISMATCH", message, { path });
}
