import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders that Python's `transformers` wrote, with what PyTorch computes: see the README there. */
export const goldenFolder = fileURLToPath(new URL("../fixtures/families/", import.meta.url));

export interface Golden {
  readonly architecture: string;
  readonly inputs: Readonly<Record<string, number[][]>> & {
    readonly inputIds: number[][];
    readonly attentionMask: number[][];
  };
  readonly output: { readonly shape: [number, number]; readonly data: number[] };
  readonly states?: { readonly shape: [number, number]; readonly data: number[] };
  readonly greedy?: { readonly maxNewTokens: number; readonly ids: number[][] };
  readonly beams?: {
    readonly numBeams: number;
    readonly lengthPenalty: number;
    readonly maxNewTokens: number;
    readonly ids: number[][];
    readonly scores: number[];
  };
}

/** The names of the cases of some kinds of models, all unless told. */
export function goldenCases(isWanted: (modelType: string) => boolean = () => true): string[] {
  const folders = readdirSync(goldenFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => isWanted(modelTypeOf(name)));
}

export const modelTypeOf = (name: string): string => readJson(name, "config.json").model_type as string;

export const readGolden = (name: string): Golden => readJson(name, "golden.json") as unknown as Golden;

export function readJson(name: string, file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(goldenFolder, name, file), "utf8")) as Record<string, unknown>;
}
