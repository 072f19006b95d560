import { afterAll, describe, expect, it } from "vitest";
import { createGenerator, generate } from "../../src/generate/index.ts";
import type { Model } from "../../src/models/model.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import type { Batch } from "../../src/train/batches.ts";
import {
  freshTransformer,
  MemoryStore,
  type Pair,
  toyBatch,
  toyModel,
  toyPairs,
  toySettings,
  trainAll,
} from "./toy.ts";

const runtime = await nativeRuntime();
afterAll(() => runtime.dispose());

/** Trains a model for so many steps, the batches counted from 0, and gives it as it is then. */
async function trained(model: Model, maxSteps: number, batch: (index: number) => Batch, settings: object) {
  const store = new MemoryStore();
  const epoch = { length: maxSteps, batch: async (index: number) => batch(index) };
  const events = await trainAll({
    model,
    runtime,
    settings: toySettings({ maxSteps, labelSmoothing: 0, ...settings }),
    data: { train: { fingerprint: "a task", order: "as they come", epoch: async () => epoch } },
    store,
  });
  const losses = events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
  return { model: store.checkpoints.at(-1)!.model, loss: losses.at(-1)! };
}

/** The share of pairs whose target cached greedy decoding writes exactly. */
async function exactMatch(model: Model, pairs: readonly Pair[]): Promise<number> {
  await using generator = createGenerator(model, runtime);
  const sources = pairs.map(({ source }) => source);
  const written = (await generate(generator, sources)).map(([best]) => best!.ids.join());
  return pairs.filter(({ target }, i) => written[i] === target.join()).length / pairs.length;
}

describe("a Transformer learns", () => {
  it("one batch by heart", async () => {
    const model = toyModel({ dropout: 0 });
    const pairs = toyPairs("by heart", 12, { target: (source) => source.map((id) => ((id * 7) % 20) + 1) });
    const { model: able, loss } = await trained(model, 250, () => toyBatch(pairs, model), {});
    expect(loss).toBeLessThan(0.01);
    expect(await exactMatch(able, pairs)).toBe(1);
  });

  /** A fifth of all sequences, of every length. */
  const isHeldOut = (source: readonly number[]) => source.reduce((sum, id) => sum + id) % 5 === 0;

  it.each([
    { task: "copy", steps: 450, target: (source: readonly number[]) => source },
    { task: "reverse", steps: 900, target: (source: readonly number[]) => source.toReversed() },
  ])(
    "to $task sequences of 1 to 20 symbols that it has not seen",
    async ({ task, steps, target }) => {
      const model = freshTransformer({
        dModel: 96,
        encoderLayers: 1,
        decoderLayers: 1,
        encoderFfnDim: 192,
        decoderFfnDim: 192,
        dropout: 0,
        maxPositionEmbeddings: 32,
        vocabSize: 22,
        padTokenId: 21,
        decoderStartTokenId: 21,
      });
      const seen = { longest: 22, target, among: (source: readonly number[]) => !isHeldOut(source) };
      const batch = (index: number) => toyBatch(toyPairs(`${task}, batch ${index}`, 40, seen), model);
      const schedule = { type: "linear", peak: 0.004, warmupSteps: 100 };
      const { model: able } = await trained(model, steps, batch, { schedule, clipNorm: 0.5 });
      const unseen = toyPairs(`${task}, unseen`, 500, { longest: 20, target, among: isHeldOut });
      expect(await exactMatch(able, unseen)).toBeGreaterThanOrEqual(0.99);
    },
    300_000,
  );
});
