import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { type DType, int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { folderFiles } from "../../src/hub/folder.ts";
import { loadModel } from "../../src/hub/index.ts";
import { padRows } from "../../src/inference/sequences.ts";
import { inspect } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { furthest, row } from "./numbers.ts";

const weights = new URL("../../../shared/data/weights/", import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, weights), "utf8"));

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

/** What an independent implementation computed in float64. */
describe.skipIf(!existsSync(weights))("random weights from elsewhere (needs ../shared/data/weights)", () => {
  /** The model in a folder, with the class that its config is to name. */
  async function opened(name: string, architecture: string) {
    const files = folderFiles(fileURLToPath(new URL(name, weights)));
    const config = { ...json(`${name}/config.json`), architectures: [architecture] };
    const read = (file: string) =>
      file === "config.json" ? Promise.resolve(new TextEncoder().encode(JSON.stringify(config))) : files.read(file);
    return (await loadModel({ ...files, read })).model;
  }

  it("BERT: last hidden states of two segments, and of a padded row", async () => {
    const name = "random-coldfire_tiny_bert";
    const golden = json(`${name}/golden.json`);
    const inputs: Record<string, TensorData<DType>> = {
      inputIds: padRows(golden.input_ids, 0),
      attentionMask: padRows(golden.attention_mask, 0),
      tokenTypeIds: padRows(golden.token_type_ids, 0),
    };
    const found = (await inspect(await opened(name, "BertModel"), runtime, inputs, ["output"])).get("output")!;
    expect(furthest(row(found, 0), golden.last_hidden_row0)).toBeLessThan(1e-5);
    expect(furthest(row(found, 1), golden.last_hidden_row1_unpadded)).toBeLessThan(1e-5);
    expect(golden.last_hidden_row1_unpadded.length).toBe(160);
  });

  it("GPT-2: last hidden states, and the scores that its embeddings give them", async () => {
    const name = "random-lmbuddy_tiny_gpt2";
    const golden = json(`${name}/golden.json`);
    const model = await opened(name, "GPT2LMHeadModel");
    const inputs = { inputIds: int32([1, 8], golden.input_ids.flat()) };
    const found = await inspect(model, runtime, inputs, ["output", "logits"]);
    expect(furthest(found.get("output")!.data as Float32Array, golden.last_hidden)).toBeLessThan(1e-5);
    expect(furthest(found.get("logits")!.data as Float32Array, golden.logits_tied)).toBeLessThan(1e-5);
  });
});
