/** What was measured of a checkpoint on validation pairs. */
interface Measured {
  readonly loss: number;
  readonly scores: { readonly bleu?: number | undefined };
  readonly bestBy?: string | undefined;
}

/** A score or the loss, as people call it. */
export const scoreName = (name: string): string => (name === "bleu" ? "BLEU" : name);

/** `BLEU 14.40, loss 3.912`: what decided comes first. */
export function measured({ loss, scores: { bleu }, bestBy }: Measured): string {
  const parts = [...(bleu === undefined ? [] : [`BLEU ${bleu.toFixed(2)}`]), `loss ${loss.toFixed(3)}`];
  return (bestBy === "bleu" ? parts : parts.toReversed()).join(", ");
}
