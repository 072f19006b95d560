import { z } from "zod";

const rate = z.number().positive();
const steps = z.int().nonnegative();
/** May be left open, unlike that of the paper's schedule, whose peak depends on it. */
const warmup = (least: number) =>
  steps
    .min(least)
    .nullable()
    .default(null)
    .describe(
      "Steps over which the rate rises linearly to its peak; null: about a fifth of all, at most 400; 100 where only maxSeconds ends it.",
    );

/** How the learning rate changes from step to step. */
export const scheduleSchema = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal("paper").describe("Which schedule."),
      scale: rate.default(1).describe("Factor of the whole schedule."),
      warmupSteps: steps.min(1).default(4000).describe("Steps over which the rate rises linearly."),
    })
    .describe("scale · dModel^−0.5 · min(step^−0.5, step · warmupSteps^−1.5), as in the paper (5.3)."),
  z
    .strictObject({
      type: z.literal("inverseSquareRoot").describe("Which schedule."),
      peak: rate.describe("The rate at the end of the warm-up."),
      warmupSteps: warmup(1),
    })
    .describe("Linear warm-up, then peak · √(warmupSteps / step)."),
  z
    .strictObject({
      type: z.literal("cosine").describe("Which schedule."),
      peak: rate.describe("The rate at the end of the warm-up."),
      warmupSteps: warmup(0),
      final: z.number().nonnegative().default(0).describe("The rate at the last step."),
    })
    .describe("Linear warm-up, then half a cosine down to `final` at the last step."),
  z
    .strictObject({
      type: z.literal("linear").describe("Which schedule."),
      peak: rate.describe("The rate at the end of the warm-up."),
      warmupSteps: warmup(0),
      final: z.number().nonnegative().default(0).describe("The rate at the last step."),
    })
    .describe("Linear warm-up, then linearly down to `final` at the last step."),
  z
    .strictObject({ type: z.literal("constant"), peak: rate.describe("The rate of every step.") })
    .describe("The same rate at every step."),
]);

/** A schedule as it is written: the number of its warm-up steps may be left open. */
export type OpenSchedule = z.output<typeof scheduleSchema>;
/** A schedule of which nothing is open. */
export type Schedule = Closed<OpenSchedule>;

/** Settings of which none is open. */
export type Closed<S> = S extends { warmupSteps: number | null }
  ? Omit<S, "warmupSteps"> & { readonly warmupSteps: number }
  : S;

/** What a schedule may depend on beside its own settings. */
export interface ScheduleFacts {
  /** The width of the model's states, the paper's d_model. */
  readonly width: number;
  /** The last step of the training; null while it is not known, when no schedule decays. */
  readonly totalSteps: number | null;
}

/** The learning rate of a step, counted from 1. */
export function learningRate(schedule: Schedule, step: number, facts: ScheduleFacts): number {
  switch (schedule.type) {
    case "paper": {
      const { scale, warmupSteps } = schedule;
      return scale * facts.width ** -0.5 * Math.min(step ** -0.5, step * warmupSteps ** -1.5);
    }
    case "inverseSquareRoot": {
      const { peak, warmupSteps } = schedule;
      return peak * Math.min(step / warmupSteps, Math.sqrt(warmupSteps / step));
    }
    case "cosine":
      return decayed(schedule, step, facts, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);
    case "linear":
      return decayed(schedule, step, facts, (progress) => 1 - progress);
    case "constant":
      return schedule.peak;
  }
}

function decayed(
  schedule: { peak: number; warmupSteps: number; final: number },
  step: number,
  { totalSteps }: ScheduleFacts,
  shape: (progress: number) => number,
): number {
  const { peak, warmupSteps, final } = schedule;
  if (step <= warmupSteps) return (peak * step) / warmupSteps;
  if (totalSteps === null) return peak;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return final + (peak - final) * shape(progress);
}
