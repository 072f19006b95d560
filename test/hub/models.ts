import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { type FileContent, memoryFiles } from "../../src/hub/files.ts";
import { loadModel, modelFiles } from "../../src/hub/model-folder.ts";
import { encodeSafetensors, parseSafetensors } from "../../src/hub/safetensors.ts";
import type { Model } from "../../src/models/model.ts";
import { smallTransformer } from "../generate/models.ts";

/** A small Transformer with random numbers; the embedding of the padding token is zero, as in every trained one. */
export function paddedTransformer(config: object = {}): Model {
  const model = smallTransformer(config);
  const parameters = new Map(model.parameters);
  const row = model.config.padTokenId * 16;
  for (const path of ["embedding.source", "embedding.target"]) {
    const table = parameters.get(path);
    if (table !== undefined) parameters.set(path, float32(table.shape, table.data.slice().fill(0, row, row + 16)));
  }
  return { ...model, parameters };
}

/** The files of a folder of `transformers`, or of its fixtures. */
export function readFolder(url: URL): Map<string, FileContent> {
  const names = ["config.json", "generation_config.json", "model.safetensors"];
  const files = new Map<string, FileContent>();
  for (const name of names) {
    try {
      files.set(name, readFileSync(new URL(name, url)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return files;
}

/** The files of a model, with some keys of a JSON file changed. */
export function withKeys(files: Map<string, FileContent>, changes: object, name = "config.json") {
  const json = files.get(name) ?? "{}";
  const text = typeof json === "string" ? json : new TextDecoder().decode(json);
  return new Map(files).set(name, JSON.stringify({ ...JSON.parse(text), ...changes }));
}

type Tensors = Map<string, TensorData>;

/** The tensors of the model.safetensors. */
export function tensorsOf(files: Map<string, FileContent>): Tensors {
  const { tensors } = parseSafetensors(files.get("model.safetensors") as Uint8Array, "model.safetensors");
  return new Map([...tensors].map(([name, stored]) => [name, stored.read()]));
}

/** The files with other tensors. */
export async function withTensors(files: Map<string, FileContent>, change: (tensors: Tensors) => void) {
  const tensors = tensorsOf(files);
  change(tensors);
  return new Map(files).set("model.safetensors", await encodeSafetensors(tensors));
}

export const filesOf = (model: Model) => modelFiles({ model });

export const load = (files: ReadonlyMap<string, FileContent>) => loadModel(memoryFiles(files, "folder"));

/** A folder of the Transformer's fixtures. */
export const fixture = (name: string) => readFolder(new URL(`../fixtures/transformer/${name}/`, import.meta.url));

/** Asserts equal tensors under equal names in equal order. (toEqual takes its time over long arrays.) */
export function expectEqualTensors(found: ReadonlyMap<string, TensorData>, expected: ReadonlyMap<string, TensorData>) {
  const described = (tensors: ReadonlyMap<string, TensorData>) =>
    [...tensors].map(([name, { dtype, shape, data }]) => {
      const hash = createHash("sha256").update(data).digest("hex");
      return `${name}: ${dtype} [${shape}] ${hash}`;
    });
  expect(described(found)).toEqual(described(expected));
}

/** Asserts equal models. */
export function expectEqualModels(found: Model, expected: Model) {
  expect(found.family).toBe(expected.family);
  expect(found.config).toEqual(expected.config);
  expectEqualTensors(found.parameters, expected.parameters);
}
