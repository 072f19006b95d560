import { sym } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { Program, Tensor } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import { writtenVocabSize } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import {
  add,
  broadcastTo,
  concat,
  constant,
  equal,
  flattenRows,
  gather,
  greater,
  logSoftmax,
  loop,
  pad,
  reshape,
  scalarConstant,
  slice,
  sum,
  topK,
  where,
} from "../ops/index.ts";
import { decoded, NEW, newIds, newKeyPositions, newMask, newPast, type StateLayout, sideBySide } from "./decoding.ts";

/** What a step gives of the distribution of the next token. */
export interface StepOutputs {
  /** How many of the most probable tokens. */
  readonly count: number;
  /** Whether also every log-probability. */
  readonly all: boolean;
  /** Tokens whose probability the others share. */
  readonly excluded: readonly number[];
}

/**
 * Many new positions of every input: in a step the last token of each beam, else a part of a prompt. Only the most probable
 * tokens leave the engine, not the whole vocabulary, unless asked for.
 *
 * Inputs: ids and positions [batch, new], mask [batch, 1, new, past + new], see `Past`; rows [batch, wanted], which of all
 * new positions, input by input, are to be told of; the state, and what of the model's own inputs is read again. Outputs:
 * topIds, topLogProbs [batch, wanted, count], logProbs [batch, wanted, vocabSize] where asked for, and appended [batch, new, …].
 */
export function stepProgram(model: Model, { count, all, excluded }: StepOutputs): Program {
  const { states, logits, appended } = decoded(model, newIds(sym(NEW)), newPast());
  const rows = input("rows", { shape: [sym("batch"), sym("wanted")], dtype: "int32" });
  const scores = logits(gather(flattenRows(states), rows));
  const logProbs = logSoftmax(without(scores, excluded, writtenVocabSize(model.config)));
  const best = topK(logProbs, count);
  return program("step", {
    topIds: best.indices,
    topLogProbs: best.values,
    ...(appended.size > 0 && { appended: sideBySide(appended) }),
    ...(all && { logProbs }),
  });
}

/** What the steps of greedy decoding give. */
export interface GreedyOutputs extends Pick<StepOutputs, "count"> {
  /** Whether the probability of tokens that may not come is spread over the others; else it is lost. */
  readonly renormalize: boolean;
  /** Tokens with which a sequence ends. */
  readonly ends: readonly number[];
}

/**
 * Steps of one beam of each input within one call of the engine, each fed the most probable token of the one before: as
 * many as there are positions, fewer once every input has ended. One that is fed an end counts as ended.
 *
 * Inputs: those of `stepProgram`, but positions [steps, batch, 1], no rows, and forbidden [vocabSize], which is added (0, or
 * FORBIDDEN for a token that may not come). Outputs: those of `stepProgram`, stacked.
 */
export function greedyProgram(
  model: Model,
  { caches, relative }: StateLayout,
  { count, renormalize, ends }: GreedyOutputs,
): Program {
  const vocabSize = writtenVocabSize(model.config);
  const [ids, mask] = [newIds(1), newMask(1)];
  const forbidden = input("forbidden", { shape: [vocabSize], dtype: "float32" });
  const positions = input("positions", { shape: [sym("steps"), sym("batch"), 1], dtype: "int32" });
  const running = stillRunning(ids, scalarConstant(1, "int32"), ends);
  const initial: Carried = {
    ids,
    mask,
    running,
    ...(relative && { keyPositions: newKeyPositions(1) }),
    ...Object.fromEntries([...caches].map(([name, type]) => [name, input(name, type)])),
  };
  const each = loop(sym("steps"), initial, ({ ids, mask, running, ...kept }: Carried, iteration) => {
    const position = gather(positions, iteration);
    const past = { positions: position, mask, keyPositions: kept.keyPositions ?? position };
    const { states, logits, appended, grown } = decoded(model, ids, past, (name) => kept[name]!);
    const scores = logits(states);
    const best = topK(renormalize ? logSoftmax(add(scores, forbidden)) : add(logSoftmax(scores), forbidden), count);
    const chosen = reshape(slice(best.indices, -1, 0, 1), ids.shape);
    const goOn = stillRunning(chosen, running, ends);
    const next: Carried = {
      ids: chosen,
      mask: pad(mask, -1, 0, 1),
      running: goOn,
      ...(kept.keyPositions && { keyPositions: concat([kept.keyPositions, add(position, 1)], 1) }),
      ...Object.fromEntries(grown),
    };
    // A model that does not look at positions would leave the number of steps unknown.
    const told = { topIds: best.indices, topLogProbs: best.values, appended: sideBySide(appended), position };
    return { goesOn: greater(sum(goOn), 0), next, each: told };
  });
  return program("greedy", each);
}

/** 1 where a row has not ended, also not by these tokens. Shape: ids, running [batch, 1] → [batch, 1]. */
function stillRunning(ids: Tensor, running: Tensor, ends: readonly number[]): Tensor {
  return ends.reduce((goesOn, end) => where(equal(ids, end), 0, goesOn), broadcastTo(running, ids.shape));
}

/** What a step of greedy decoding is given by the one before: caches too, by their names. */
type Carried = Readonly<Record<"ids" | "mask" | "running", Tensor>> & Readonly<Record<string, Tensor>>;

function without(logits: Tensor, excluded: readonly number[], vocabSize: number): Tensor {
  if (excluded.length === 0) return logits;
  const mask = new Float32Array(vocabSize);
  for (const id of excluded) mask[id] = FORBIDDEN;
  return add(logits, constant(float32([vocabSize], mask)));
}
