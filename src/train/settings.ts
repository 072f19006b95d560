import { z } from "zod";
import { optimizerSchema } from "./optimizer.ts";
import { type Schedule, scheduleSchema } from "./schedule.ts";

const count = z.int().positive();

/** The settings of a training. What is left open (null where it says so) `settle` decides by the data. */
export const trainSchema = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1)
    .describe("Decides weights, order and dropout: a run repeats to the bit."),
  maxEpochs: count
    .nullable()
    .default(null)
    .describe("Passes over the data; null for no limit, or for as many as suit the data where nothing else ends it."),
  maxSteps: count.nullable().default(null).describe("Updates of the parameters; null for no limit."),
  maxSeconds: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Seconds of training, by which schedules that decay have ended; null for no limit."),
  maxTokens: count
    .nullable()
    .default(null)
    .describe(
      "Tokens of a batch, padding included: rows × (longest source + longest target); null: as suits the data, 512 to 4096.",
    ),
  accumulate: count.default(1).describe("Batches whose gradients are summed for one update."),
  optimizer: optimizerSchema.prefault({}).describe("Adam or, with weightDecay, AdamW."),
  schedule: scheduleSchema
    .prefault({ type: "inverseSquareRoot", peak: 0.002 })
    .describe("How the learning rate changes."),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe("Share of the probability spread over all tokens (5.4)."),
  rDrop: z
    .number()
    .nonnegative()
    .default(0)
    .describe("How much two passes that differ in dropout must agree (R-Drop's alpha); 0: one pass."),
  clipNorm: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .describe("Largest global norm of the gradients; null for none."),
  evaluateEvery: count.nullable().default(null).describe("Steps between evaluations; null for once an epoch."),
  saveEvery: count.nullable().default(null).describe("Steps between checkpoints; null for after each evaluation."),
  keepCheckpoints: count.default(3).describe("How many of the last checkpoints stay on disk, beside the best."),
  averageLast: count.default(1).describe("How many of the last checkpoints are averaged at the end."),
  bestBy: z
    .string()
    .nullable()
    .default(null)
    .describe('What chooses the best checkpoint by validation: "loss" or "bleu"; null: BLEU where it is measured.'),
  patience: count
    .nullable()
    .default(null)
    .describe("Stop after so many evaluations without a better one; null: never."),
});

/** Settings as they are written, of which some may be left open. */
export type OpenSettings = z.output<typeof trainSchema>;

/** Settings by which a training can begin: nothing is open. */
export type TrainSettings = Omit<OpenSettings, "maxTokens" | "schedule" | "bestBy"> & {
  readonly maxTokens: number;
  readonly schedule: Schedule;
  readonly bestBy: string;
};
