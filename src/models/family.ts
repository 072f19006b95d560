import type { z } from "zod";
import type { Tensor, TensorType } from "../graph/tensor.ts";
import type { Context } from "../nn/context.ts";
import type { Params, Spec } from "../nn/parameter.ts";
import type { HeadName } from "./heads.ts";

/** The token ids with a role, under Hugging Face's names. */
export interface SpecialTokenIds {
  /** What fills rows up. */
  readonly padTokenId: number;
  /** What ends a sequence, where the model writes any. */
  readonly eosTokenId?: number | undefined;
  /** What a decoder starts with, where an encoder reads the source. */
  readonly decoderStartTokenId?: number | undefined;
}

/** What a config of every family has. */
export interface ModelConfig extends SpecialTokenIds {
  readonly vocabSize: number;
  /** Of what a decoder writes, where it has a vocabulary of its own. */
  readonly decoderVocabSize?: number | undefined;
  /** The longest sequence, in tokens. */
  readonly maxPositionEmbeddings: number;
  /** What is read from the states; the family's first head unless told. */
  readonly head?: HeadName;
}

/** How many tokens there are to choose from in what a model writes. */
export const writtenVocabSize = ({
  vocabSize,
  decoderVocabSize,
}: Pick<ModelConfig, "vocabSize" | "decoderVocabSize">) => decoderVocabSize ?? vocabSize;

/** A value of a config that does not fit the others. */
export interface ConfigProblem {
  readonly key: string;
  /** What was expected and found. */
  readonly message: string;
}

/** The inputs of a model, by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

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
  /** What can be read from the states of its models; the first is usual. */
  readonly heads: readonly [HeadName, ...HeadName[]];
  /** The width of the model's states (the paper's d_model). */
  width(config: C): number;
  /** The parameters. */
  spec(config: C): S;
  /** The types of the inputs of `forward`. */
  inputTypes(config: C): Readonly<Record<string, TensorType>>;
  /** The input that holds the tokens that the model itself writes, where a head writes: decoding gives it the next ones. */
  readonly written?: string;
  /**
   * The model at every position. In decoding, positions stand behind `ctx.past`; what the model keeps from call to call
   * it says by `ctx.behindPast` and `ctx.once`. It never asks which of training, evaluation, inspection and decoding is
   * going on: the only place where its mathematics stands.
   */
  forward(p: Params<S>, inputs: Inputs, config: C, ctx: Context): Outputs;
}

/** What a model makes of its inputs: states, and what reads them. */
export interface Outputs {
  /** Of each position of what is written. Shape: [batch, positions, width]. */
  readonly states: Tensor;
  /**
   * The scores that the head gives to these states: of tokens, to all or some of them; of a sequence, to all. `headNames`
   * has the shapes; the head "states" gives them back.
   */
  readonly logits: (states: Tensor) => Tensor;
}
