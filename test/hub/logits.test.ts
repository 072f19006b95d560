import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { program } from "../../src/graph/program.ts";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../../src/inference/forward.ts";
import type { Model } from "../../src/models/model.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { fixture, load, readFolder, withKeys } from "./models.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

async function logitsOf(model: Model, feeds: Record<string, TensorData>): Promise<TensorData> {
  const { logits } = traceForward(model);
  const executable = await compileModel(runtime, model, program("forward", { logits }));
  try {
    return (await runAndRead(executable, new Map(Object.entries(feeds)))).get("logits")!;
  } finally {
    await executable.dispose();
  }
}

/** The largest difference. */
const furthest = (found: ArrayLike<number>, expected: readonly number[]) =>
  expected.reduce((max, value, i) => Math.max(max, Math.abs(value - found[i]!)), 0);

const matrix = (rows: number[][]) => int32([rows.length, rows[0]!.length], rows.flat());

interface Forward {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly decoder_input_ids: number[][];
  readonly logits: number[][][];
}

/** The learned-positions fixture has no config.json: `transformers` has no family for it. */
const heedConfig = {
  model_type: "heed-transformer",
  vocab_size: 41,
  d_model: 16,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 32,
  decoder_ffn_dim: 32,
  max_position_embeddings: 16,
  position_embeddings: "learned",
  pad_token_id: 40,
  eos_token_id: 0,
  decoder_start_token_id: 40,
};
/** `transformers` uses whatever table of positions a Marian file holds. */
const marianConfig = {
  ...heedConfig,
  model_type: "marian",
  activation_function: "relu",
  scale_embedding: true,
  encoder_layers: 2,
  decoder_layers: 2,
};
const folders: [name: string, modelType: string, config: object][] = [
  ["marian-tied", "marian", {}],
  ["marian-untied", "marian", {}],
  ["marian-padding-not-zero", "marian", {}],
  ["pegasus-tied", "pegasus", {}],
  ["prenorm-gelu", "pegasus", {}],
  ["learned-positions", "heed-transformer", heedConfig],
  ["learned-positions", "marian", marianConfig],
];

describe("a folder of transformers gives the logits that transformers gives", () => {
  it.each(folders)("%s as %s", async (name, _, config) => {
    const path = new URL(`../fixtures/transformer/${name}/forward.json`, import.meta.url);
    const forward = JSON.parse(readFileSync(path, "utf8")) as Forward;
    const { model } = await load(withKeys(fixture(name), config));
    const { data } = await logitsOf(model, {
      inputIds: matrix(forward.input_ids),
      attentionMask: matrix(forward.attention_mask),
      decoderInputIds: matrix(forward.decoder_input_ids),
    });
    const size = forward.decoder_input_ids[0]!.length * 41;
    forward.logits.forEach((positions, row) => {
      // The fixture leaves out what follows the end of a sentence.
      const found = (data as Float32Array).subarray(row * size, (row + 1) * size);
      expect(furthest(found, positions.flat())).toBeLessThan(1e-5);
    });
  });
});

const ARABIC = new URL("../../../shared/data/weights/aren-transliteration/", import.meta.url);
describe.skipIf(!existsSync(ARABIC))("a trained model (needs ../shared/data/weights/aren-transliteration)", () => {
  it("gives the logits that are known of it", async () => {
    const json = (name: string) => JSON.parse(readFileSync(new URL(name, ARABIC), "utf8"));
    const vocabulary = json("vocab.json").source as string[];
    const { decoder_logits_first_step_for_آتزمون: known } = json("known_answers.json");
    const { model } = await load(readFolder(ARABIC));
    const ids = [..."آتزمون"].map((letter) => vocabulary.indexOf(letter));
    const { data } = await logitsOf(model, {
      inputIds: matrix([ids]),
      attentionMask: matrix([ids.map(() => 1)]),
      decoderInputIds: matrix([[52]]),
    });
    const found = [...(data as Float32Array)].slice(51);
    expect(found.length).toBe(known.length);
    expect(furthest(found, known)).toBeLessThan(1e-4);
  });
});
