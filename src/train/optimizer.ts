import { z } from "zod";
import { input } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scalarOf, type TensorData } from "../graph/tensor-data.ts";
import { add, div, mul, sub } from "../ops/binary.ts";
import { sqrt } from "../ops/unary.ts";

/** Adam (Kingma & Ba 2015), and AdamW where `weightDecay` is not 0 (Loshchilov & Hutter 2019). */
export const optimizerSchema = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9).describe("Decay of the mean of gradients."),
  beta2: z.number().min(0).lt(1).default(0.98).describe("Decay of the mean of squared gradients."),
  epsilon: z.number().positive().default(1e-9).describe("Added to the root of the squared gradients' mean."),
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe("Decoupled decay of matrices (AdamW); biases and norms are not decayed."),
});

export type OptimizerConfig = z.output<typeof optimizerSchema>;

/** The numbers of an update that change from step to step, as inputs of the program. */
export interface UpdateScalars {
  readonly learningRate: Tensor;
  /** learningRate · √(1 − beta2^step) / (1 − beta1^step) */
  readonly stepSize: Tensor;
  /** epsilon · √(1 − beta2^step) */
  readonly epsilon: Tensor;
}

const scalarType = { shape: [], dtype: "float32" } as const;

export function updateScalarInputs(): UpdateScalars {
  return {
    learningRate: input("learningRate", scalarType),
    stepSize: input("stepSize", scalarType),
    epsilon: input("epsilon", scalarType),
  };
}

/** The feeds of `updateScalarInputs` at a step, counted from 1. */
export function updateScalarFeeds(config: OptimizerConfig, learningRate: number, step: number): [string, TensorData][] {
  const deviation = Math.sqrt(1 - config.beta2 ** step);
  return [
    ["learningRate", scalarOf(learningRate, "float32")],
    ["stepSize", scalarOf((learningRate * deviation) / (1 - config.beta1 ** step), "float32")],
    ["epsilon", scalarOf(config.epsilon * deviation, "float32")],
  ];
}

/** A parameter and its moments: the means of its gradients and of their squares. */
export interface Moments {
  readonly parameter: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/**
 * One update of one parameter (Kingma & Ba 2015, algorithm 1), all of one shape. What corrects the moments' bias is in
 * the scalars, as at the end of their section 2: that is one pass over the parameters less.
 */
export function adam(
  { parameter, first, second }: Moments,
  gradient: Tensor,
  scalars: UpdateScalars,
  config: OptimizerConfig,
): Moments {
  const newFirst = add(first, mul(sub(gradient, first), 1 - config.beta1));
  const newSecond = add(mul(second, config.beta2), mul(mul(gradient, gradient), 1 - config.beta2));
  const step = mul(div(newFirst, add(sqrt(newSecond), scalars.epsilon)), scalars.stepSize);
  return { parameter: sub(decayed(parameter, scalars, config), step), first: newFirst, second: newSecond };
}

function decayed(parameter: Tensor, { learningRate }: UpdateScalars, { weightDecay }: OptimizerConfig): Tensor {
  if (weightDecay === 0 || parameter.rank < 2) return parameter;
  return mul(parameter, sub(1, mul(learningRate, weightDecay)));
}
