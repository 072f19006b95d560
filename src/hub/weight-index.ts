import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import { isInside, type ModelFiles, readJson } from "./files.ts";

/**
 * Reads which of several files holds which tensor: the `weight_map` of a `*.index.json`.
 *
 * @returns The name of the file for each tensor; undefined where there is no such index.
 * @throws HeedError FORMAT_INVALID naming the index and the tensor.
 */
export async function readWeightIndex(
  files: ModelFiles,
  index: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const json = await readJson(files, index);
  if (json === undefined) return undefined;
  const path = `${files.location}/${index}`;
  const { weight_map: map } = json;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw invalid(path, "has no weight_map, an object that names the file of each tensor");
  }
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== "string") throw invalid(path, `has ${shown(shard)} as the file of the tensor "${tensor}"`);
    if (!isInside(shard)) {
      throw invalid(path, `has the tensor "${tensor}" in ${shown(shard)}, which is no name of a file in that folder`);
    }
    shardOf.set(tensor, shard);
  }
  return shardOf;
}

function invalid(path: string, what: string): HeedError {
  const message = `${path} ${what}. Take it again from where it came from.`;
  return new HeedError("FORMAT_INVALID", message, { path });
}
