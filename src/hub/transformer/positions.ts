import type { TensorData } from "../../graph/tensor-data.ts";
import type { TransformerConfig } from "../../models/transformer/index.ts";
import { sinusoidalPositions } from "../../nn/positions.ts";
import type { Weights } from "../weights.ts";
import type { Found } from "./embeddings.ts";
import { POSITIONS } from "./names.ts";

/**
 * The positions of a Marian or Pegasus model. Their families mean sinusoids, but use whatever table a file holds: a
 * table that is not the sinusoids is read as a learned one.
 */
export async function readPositions(weights: Weights, config: TransformerConfig): Promise<Found> {
  const { maxPositionEmbeddings, dModel } = config;
  const tables: { path: string; table: TensorData<"float32"> | undefined; sinusoidal: boolean }[] = [];
  for (const [stack, name] of Object.entries(POSITIONS)) {
    const tolerance = roundingOf(weights.typeOf(name) ?? "F32");
    const table = await weights.takeIfPresent(name, [maxPositionEmbeddings, dModel]);
    const sinusoidal =
      table === undefined || isClose(table, sinusoidalPositions(maxPositionEmbeddings, dModel), tolerance);
    tables.push({ path: `${stack}.positions`, table, sinusoidal });
  }
  if (tables.every(({ sinusoidal }) => sinusoidal)) {
    return { config: { positionEmbeddings: "sinusoidal" }, parameters: new Map() };
  }
  const parameters = new Map(
    tables.map(({ path, table }) => [path, table ?? sinusoidalPositions(maxPositionEmbeddings, dModel)]),
  );
  return { config: { positionEmbeddings: "learned" }, parameters };
}

function isClose(a: TensorData<"float32">, b: TensorData<"float32">, tolerance: number): boolean {
  return a.data.every((value, i) => Math.abs(value - b.data[i]!) <= tolerance);
}

/** How far a number of at most 1 may be from its value when it is stored in that type (and computed in another way). */
function roundingOf(type: string): number {
  if (type === "BF16") return 2 ** -8;
  return type === "F16" ? 2 ** -11 : 1e-5;
}

/** The sinusoids of both stacks, as a file holds them. */
export function storedSinusoids(config: TransformerConfig): Map<string, TensorData<"float32">> {
  const sinusoids = sinusoidalPositions(config.maxPositionEmbeddings, config.dModel);
  return new Map(Object.values(POSITIONS).map((name) => [name, sinusoids]));
}
