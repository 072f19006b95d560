import { HeedError } from "../error.ts";
import type { Values } from "../graph/runtime.ts";
import { dataAs } from "../graph/tensor-data.ts";

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
 * @throws HeedError RUNTIME_FAILED where the model computed NaN
 */
export async function readCandidates(values: Values, forbidden: ReadonlySet<number>): Promise<Candidates[]> {
  const topIds = await values.get("topIds")!.read();
  const topLogProbs = dataAs(await values.get("topLogProbs")!.read(), "float32");
  const logProbs = await values.get("logProbs")?.read();
  const [rows, count] = topIds.shape as [number, number];
  const ids = dataAs(topIds, "int32");
  return Array.from({ length: rows }, (_, row) => {
    const all =
      logProbs && dataAs(logProbs, "float32").subarray(row * logProbs.shape[1]!, (row + 1) * logProbs.shape[1]!);
    if (all !== undefined) for (const id of forbidden) all[id] = Number.NEGATIVE_INFINITY;
    const [start, end] = [row * count, (row + 1) * count];
    return { ...allowed(ids.subarray(start, end), topLogProbs.subarray(start, end), forbidden), all };
  });
}

function allowed(ids: Int32Array, logProbs: Float32Array, forbidden: ReadonlySet<number>): Candidates {
  if (Number.isNaN(logProbs[0])) {
    const message = "The model computed NaN in place of log-probabilities.";
    throw new HeedError("RUNTIME_FAILED", `${message} Its parameters are broken: use an earlier checkpoint.`);
  }
  if (!ids.some((id) => forbidden.has(id))) return { ids, logProbs };
  return {
    ids: ids.filter((id) => !forbidden.has(id)),
    logProbs: logProbs.filter((_, i) => !forbidden.has(ids[i]!)),
  };
}
