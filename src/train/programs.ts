import { gradients } from "../grad/gradients.ts";
import { sizeOf } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { Program, Tensor } from "../graph/tensor.ts";
import { flattenTree } from "../graph/tree.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import { PARAMETER, tracedInputs, tracedParameters } from "../models/traced.ts";
import { type Context, createContext } from "../nn/context.ts";
import { add, div, equal, less, mul, where } from "../ops/binary.ts";
import { scalarConstant } from "../ops/constant.ts";
import { crossEntropy, IGNORED_LABEL } from "../ops/cross-entropy.ts";
import { argMax, sum, sumSquare } from "../ops/reduce.ts";
import { concat, flattenRows, reshape } from "../ops/shape.ts";
import { cast, sqrt } from "../ops/unary.ts";
import { pacer } from "../pacer.ts";
import { rDropLosses, tokenLosses } from "./loss.ts";
import { adam, type OptimizerConfig, updateScalarInputs } from "./optimizer.ts";

/** Names of a step's inputs and outputs: a path of the parameter tree behind one of these. */
export const prefixes = {
  parameter: PARAMETER,
  first: "optimizer.first.",
  second: "optimizer.second.",
  accumulated: "accumulated.",
} as const;

/** What a step's program needs to know of the training. */
export interface StepSettings {
  readonly optimizer: OptimizerConfig;
  readonly labelSmoothing: number;
  /** How much two passes that differ in dropout must agree (R-Drop); 0 for one pass. */
  readonly rDrop: number;
  /** The largest global norm of the gradients; null for no clipping. */
  readonly clipNorm: number | null;
}

interface Traced {
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Sum of the losses of the micro-batch, each divided by the update's count of target tokens. */
  readonly loss: Tensor;
}

/**
 * Forward, backward, clipping and Adam in one program. With `accumulated`, gradients of earlier micro-batches are
 * inputs, and are added. To trace all that takes a while: the event loop gets its turn.
 */
export async function stepProgram(
  family: ModelFamily,
  config: ModelConfig,
  settings: StepSettings,
  accumulated: boolean,
): Promise<Program> {
  const { parameters, loss, gradients: own } = await traceGradients(family, config, settings);
  const total = accumulated ? addAccumulated(parameters, own) : own;
  const norm = sqrt(total.map((g) => sumSquare(g)).reduce(add));
  const clipped = settings.clipNorm === null ? total : clip(total, norm, settings.clipNorm);
  const scalars = updateScalarInputs();
  const outputs = new Map<string, Tensor>([["metrics", vector([loss, norm])]]);
  for (const [i, [path, parameter]] of [...parameters].entries()) {
    if (pacer.due()) await pacer.rest();
    const moments = {
      parameter,
      first: input(prefixes.first + path, parameter),
      second: input(prefixes.second + path, parameter),
    };
    const updated = adam(moments, clipped[i]!, scalars, settings.optimizer);
    outputs.set(prefixes.parameter + path, updated.parameter);
    outputs.set(prefixes.first + path, updated.first);
    outputs.set(prefixes.second + path, updated.second);
  }
  return program("step", outputs);
}

/** Forward and backward of a micro-batch; its gradients, added to those before. */
export async function accumulateProgram(
  family: ModelFamily,
  config: ModelConfig,
  settings: StepSettings,
): Promise<Program> {
  const { parameters, loss, gradients: own } = await traceGradients(family, config, settings);
  const total = addAccumulated(parameters, own);
  const paths = [...parameters.keys()].map((path) => prefixes.accumulated + path);
  return program("accumulate", new Map([["metrics", vector([loss])], ...paths.map((p, i) => [p, total[i]!] as const)]));
}

/** Sums over a batch, without dropout or smoothing: negative log-likelihood, and how many tokens are predicted right. */
export function evaluationProgram(family: ModelFamily, config: ModelConfig): Program {
  const { parameters, inputs } = modelInputs(family, config);
  const ctx = createContext({ training: false });
  const { logits: rows, labels: targets } = forward(family, config, { parameters, inputs }, ctx);
  const [logits, labels] = [flattenRows(rows), reshape(targets, [sizeOf(targets.shape)])];
  const { loss } = crossEntropy(logits, labels);
  const right = cast(equal(argMax(logits), labels), "float32");
  const counted = where(equal(labels, IGNORED_LABEL), 0, right);
  return program("evaluation", { metrics: vector([sum(loss), sum(counted)]) });
}

async function traceGradients(family: ModelFamily, config: ModelConfig, settings: StepSettings) {
  const { parameters, loss } = traceLoss(family, config, settings);
  if (pacer.due()) await pacer.rest();
  const own = gradients([{ of: loss, is: scalarConstant(1) }], [...parameters.values()]);
  if (pacer.due()) await pacer.rest();
  return { parameters, loss, gradients: own };
}

function traceLoss(family: ModelFamily, config: ModelConfig, settings: StepSettings): Traced {
  const { parameters, inputs } = modelInputs(family, config);
  const ctx = createContext({ training: true });
  const { labelSmoothing, rDrop } = settings;
  const passes = rDrop === 0 ? 1 : 2;
  const { logits, labels } = forward(family, config, { parameters, inputs }, ctx, passes);
  const losses =
    passes === 1 ? tokenLosses(logits, labels, labelSmoothing) : rDropLosses(logits, labels, labelSmoothing, rDrop);
  const perToken = input("perToken", { shape: [], dtype: "float32" });
  return { parameters: flattenTree<Tensor>(parameters as never), loss: mul(sum(losses), perToken) };
}

function modelInputs(family: ModelFamily, config: ModelConfig) {
  return { parameters: tracedParameters({ family, config }), inputs: tracedInputs({ family, config }) };
}

/**
 * @param passes How often the batch goes through the model side by side, each time with dropout of its own.
 *
 * Shape: logits [passes · batch, target, vocabSize], labels [batch, target].
 */
function forward(
  family: ModelFamily,
  config: ModelConfig,
  { parameters, inputs }: ReturnType<typeof modelInputs>,
  ctx: Context,
  passes = 1,
) {
  const repeated = (x: Tensor) => (passes === 1 ? x : concat(new Array<Tensor>(passes).fill(x), 0));
  const batches = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, repeated(x)]));
  const { states, logits } = family.forward(parameters, batches, config, ctx);
  const [batch, target] = [Object.values(inputs)[0]!.shape[0]!, states.shape[1]!];
  return { logits: logits(states), labels: input("labels", { shape: [batch, target], dtype: "int32" }) };
}

function addAccumulated(parameters: ReadonlyMap<string, Tensor>, own: readonly Tensor[]): Tensor[] {
  const earlier = [...parameters].map(([path, parameter]) => input(prefixes.accumulated + path, parameter));
  return own.map((gradient, i) => add(earlier[i]!, gradient));
}

/**
 * Scales all gradients so that their global norm is at most `maxNorm` (Pascanu et al. 2013), as PyTorch's
 * clip_grad_norm_ does.
 */
function clip(gradients: readonly Tensor[], norm: Tensor, maxNorm: number): Tensor[] {
  const ratio = div(maxNorm, add(norm, 1e-6));
  const factor = where(less(ratio, 1), ratio, 1);
  return gradients.map((gradient) => mul(gradient, factor));
}

/** Scalars side by side, so that one small tensor carries all that is read after each call. */
function vector(scalars: readonly Tensor[]): Tensor {
  return concat(
    scalars.map((x) => reshape(x, [1])),
    0,
  );
}
