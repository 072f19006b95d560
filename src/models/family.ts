import type { z } from "zod";
import type { Tensor, TensorType } from "../graph/tensor.ts";
import type { Tree } from "../graph/tree.ts";
import type { Context } from "../nn/context.ts";
import type { Params, Spec } from "../nn/parameter.ts";

/** The token ids with a role. Every config of a model that generates has them, under Hugging Face's names. */
export interface SpecialTokenIds {
  readonly padTokenId: number;
  readonly eosTokenId: number;
  readonly decoderStartTokenId: number;
}

/** What a config of every family has. */
export interface ModelConfig extends SpecialTokenIds {
  readonly vocabSize: number;
  /** The longest sequence, in tokens. */
  readonly maxPositionEmbeddings: number;
}

/** A value of a config that does not fit the others. */
export interface ConfigProblem {
  readonly key: string;
  /** What was expected and found. */
  readonly message: string;
}

/** The inputs of a model, by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

/**
 * The symbol of the axis along which decoding state grows. A leaf of the state with this dimension is a cache with a
 * slot for each position of each beam of an input: `step` returns the slots to append. No beam's slots ever move:
 * which of them are a beam's own past, a mask says.
 */
export const PAST = "past";

/** The sequences that are written for one input side by side. */
export const BEAMS = "beams";

/** The state of decoding: any tree of tensors whose axis 0 is the input. Leaves that are no caches stay as they are. */
export type State = Tree<Tensor>;

/** What a step is fed beside the state. */
export interface StepInputs {
  /** The last token of each beam. Shape: [batch, beams] int32. */
  readonly ids: Tensor;
  /** Its position, the same for all. Shape: [1] int32. */
  readonly position: Tensor;
  /**
   * Added to the scores of attention: 0 where a slot lies in the beam's own sequence, FORBIDDEN elsewhere. First come the
   * slots of the caches, then those that this step adds, one for each beam. Shape: [batch, 1, beams, past + beams].
   */
  readonly mask: Tensor;
}

/**
 * A family of models: pure functions over a tree of parameters. Training, decoding, evaluation and inspection know
 * nothing else of a model.
 */
export interface ModelFamily<C extends ModelConfig = ModelConfig, S extends Spec = Spec> {
  /** The name under which configs ask for the family. */
  readonly modelType: string;
  /** The keys of a config, with their defaults. */
  readonly schema: z.ZodObject<z.ZodRawShape, z.core.$strict> & z.ZodType<C>;
  /** What is wrong with the values of a config taken together. */
  problems(config: C): readonly ConfigProblem[];
  /** The width of the model's states (the paper's d_model). */
  width(config: C): number;
  /** The parameters. */
  spec(config: C): S;
  /** The types of the inputs of `forward` and, those that `prefill` needs first, of `prefill`. */
  inputTypes(config: C): Readonly<Record<string, TensorType>>;
  /** The names of the inputs of `prefill`. */
  readonly prefillInputs: readonly string[];
  /**
   * Every position at once (teacher forcing): the logits of the next token.
   *
   * Shape: → [batch, target, vocabSize].
   */
  forward(p: Params<S>, inputs: Inputs, config: C, ctx: Context): { readonly logits: Tensor };
  /** The types of the leaves of the decoding state. Symbols: `past`, `beams` and those of the inputs. */
  stateTypes(config: C): Tree<TensorTypeLeaf>;
  /** Reads the prompt or the source: the leaves of the state that can be known before the first step. */
  prefill(p: Params<S>, inputs: Inputs, config: C, ctx: Context): State;
  /**
   * One position of every beam.
   *
   * Shape: → see `StepResult`.
   */
  step(p: Params<S>, inputs: StepInputs, state: State, config: C, ctx: Context): StepResult;
}

export interface StepResult {
  /** [batch, beams, vocabSize] */
  readonly logits: Tensor;
  /**
   * Of each cache, and of nothing else, the slots to append. Shape: [batch, beams, …], where … is as large as the cache's
   * dimensions before and after `past` together.
   */
  readonly appended: State;
  /** Each cache with these slots at its end. Shape: [batch, …, past + beams, …]. */
  readonly grown: State;
}

/** A leaf that stands for a tensor's type (a class, so that trees tell it from a branch). */
export class TensorTypeLeaf implements TensorType {
  readonly shape: TensorType["shape"];
  readonly dtype: TensorType["dtype"];

  constructor(shape: TensorType["shape"], dtype: TensorType["dtype"] = "float32") {
    this.shape = shape;
    this.dtype = dtype;
  }
}
