import type { TensorData } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";

/** Numbers that are compared without a rest. */
const PIECE = 2 ** 20;

/** Whether two tensors hold the same numbers. */
export async function equalTables({ data: a }: TensorData, { data: b }: TensorData): Promise<boolean> {
  if (a === b) return true;
  for (let start = 0; start < a.length; start += PIECE) {
    const end = Math.min(start + PIECE, a.length);
    for (let i = start; i < end; i++) if (a[i] !== b[i]) return false;
    if (pacer.due()) await pacer.rest();
  }
  return true;
}
