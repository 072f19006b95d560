import { dataAs, type TensorData } from "../graph/tensor-data.ts";
import { brokenParameters } from "../inference/forward.ts";

/** The tokens that may follow a row. */
export interface Candidates {
  /** The most probable ones, most probable first; those that are forbidden are left out. */
  readonly ids: Int32Array;
  /** Their log-probabilities, normalised over the whole vocabulary. */
  readonly logProbs: Float32Array;
  /** The log-probability of every token, where sampling needs it; −∞ for those that are forbidden. */
  readonly all?: Float32Array | undefined;
}

/** The one candidate of a token that is forced: as in Hugging Face's library, it is certain. */
export function certain(id: number): Candidates {
  return { ids: Int32Array.of(id), logProbs: Float32Array.of(0) };
}

/**
 * Reads the outputs of a step.
 *
 * @returns For each input the candidates of each beam.
 * @throws HeedError RUNTIME_FAILED where the model computed NaN
 */
export function readCandidates(
  outputs: ReadonlyMap<string, TensorData>,
  forbidden: ReadonlySet<number>,
): Candidates[][] {
  const topIds = outputs.get("topIds")!;
  const [inputs, beams, count] = topIds.shape as [number, number, number];
  const ids = dataAs(topIds, "int32");
  const topLogProbs = dataAs(outputs.get("topLogProbs")!, "float32");
  const logProbs = outputs.get("logProbs");
  const candidatesOf = (row: number): Candidates => {
    const rowOf = (data: Float32Array, width: number) => data.subarray(row * width, (row + 1) * width);
    const all = logProbs && rowOf(dataAs(logProbs, "float32"), logProbs.shape[2]!);
    if (all !== undefined) for (const id of forbidden) all[id] = Number.NEGATIVE_INFINITY;
    const top = allowed(ids.subarray(row * count, (row + 1) * count), rowOf(topLogProbs, count), forbidden);
    return { ...top, all };
  };
  return Array.from({ length: inputs }, (_, input) =>
    Array.from({ length: beams }, (_, beam) => candidatesOf(input * beams + beam)),
  );
}

function allowed(ids: Int32Array, logProbs: Float32Array, forbidden: ReadonlySet<number>): Candidates {
  if (Number.isNaN(logProbs[0])) throw brokenParameters();
  if (!ids.some((id) => forbidden.has(id))) return { ids, logProbs };
  return {
    ids: ids.filter((id) => !forbidden.has(id)),
    logProbs: logProbs.filter((_, i) => !forbidden.has(ids[i]!)),
  };
}
