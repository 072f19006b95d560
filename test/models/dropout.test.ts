import { afterAll, describe, expect, it } from "vitest";
import { program } from "../../src/graph/program.ts";
import type { Values } from "../../src/graph/runtime.ts";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import { teacherForced } from "../../src/inspect/index.ts";
import type { Model } from "../../src/models/model.ts";
import { tracedInputs, tracedParameters } from "../../src/models/traced.ts";
import { createContext } from "../../src/nn/context.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { trainSchema } from "../../src/train/index.ts";
import { evaluationProgram, stepProgram } from "../../src/train/programs.ts";
import { smallTransformer } from "../generate/models.ts";
import { furthest } from "./numbers.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const layers = { encoderLayers: 2, decoderLayers: 2 };
const rates = { dropout: 0.1, attentionDropout: 0.2, activationDropout: 0.3 };
const none = { dropout: 0, attentionDropout: 0, activationDropout: 0 };

/** The random inputs of a training step and their rates. */
async function sitesOf(config: object): Promise<Map<string, number>> {
  const model = smallTransformer({ ...layers, ...config });
  const { inputs } = await stepProgram(model.family, model.config, trainSchema.parse({}), false);
  const random = inputs.filter((attrs) => attrs.random !== undefined);
  const sites = new Map(random.map(({ name, random }) => [name, Math.round((1 - random!.keepRate) * 1e6) / 1e6]));
  expect(sites.size).toBe(random.length);
  return sites;
}

const perLayer = (stack: string, parts: string[]) =>
  ["0", "1"].flatMap((i) => parts.map((part) => `dropout.${stack}.layers.${i}.${part}`));
const attentions = [
  ...perLayer("encoder", ["selfAttention"]),
  ...perLayer("decoder", ["selfAttention", "crossAttention"]),
];
const feedForwards = [...perLayer("encoder", ["feedForward"]), ...perLayer("decoder", ["feedForward"])];
const sublayers = [...attentions, ...feedForwards].map((site) => `${site}.output`);
const embeddings = ["dropout.encoder.embedding", "dropout.decoder.embedding"];
const all = (names: string[], rate: number): [string, number][] => names.map((name) => [name, rate]);

describe.each([false, true])("dropout in a training step (normalizeBefore %s)", (normalizeBefore) => {
  it("is where the paper has it: on embeddings and on the output of every sub-layer", async () => {
    const sites = await sitesOf({ ...none, dropout: 0.1, normalizeBefore });
    expect(sites).toEqual(new Map(all([...embeddings, ...sublayers], 0.1)));
  });

  it("is on attention weights, and behind the activation, where it is asked for there", async () => {
    expect(await sitesOf({ ...none, attentionDropout: 0.2, normalizeBefore })).toEqual(new Map(all(attentions, 0.2)));
    expect(await sitesOf({ ...none, activationDropout: 0.3, normalizeBefore })).toEqual(
      new Map(all(feedForwards, 0.3)),
    );
    expect(await sitesOf({ ...rates, normalizeBefore })).toEqual(
      new Map([...all([...embeddings, ...sublayers], 0.1), ...all(attentions, 0.2), ...all(feedForwards, 0.3)]),
    );
  });

  it("is nowhere where all rates are 0, and in no evaluation", async () => {
    expect((await sitesOf({ ...none, normalizeBefore })).size).toBe(0);
    const { family, config } = smallTransformer({ ...layers, ...rates, normalizeBefore });
    expect(evaluationProgram(family, config).inputs.filter(({ random }) => random !== undefined)).toEqual([]);
  });
});

/** The logits in training, with dropout drawn from a key, and what else is recorded. */
async function trainingLogits(model: Model, step: number, records: (path: string) => boolean = () => false) {
  const ctx = createContext({ training: true, records });
  const inputs = tracedInputs(model, Object.keys(model.family.inputTypes(model.config)));
  const { states, logits } = model.family.forward(tracedParameters(model), inputs, model.config, ctx);
  const closed = program("training", new Map([["logits", logits(states)], ...ctx.recorded]));
  await using executable = await runtime.compile(closed);
  const batch = teacherForced(
    [
      [3, 4, 5, 0],
      [6, 0],
    ],
    [
      [7, 8, 0],
      [9, 10, 11, 0],
    ],
    model.config,
  );
  const feeds = new Map<string, TensorData>(Object.entries(batch));
  for (const [path, data] of model.parameters) feeds.set(`parameters.${path}`, data);
  const values: Values = await executable.run(feeds, { random: { seed: 1, step, microBatch: 0 } });
  return { logits: await values.get("logits")!.read(), names: [...values.keys()] };
}

describe("dropout draws", () => {
  const model = smallTransformer(rates);

  it("the same numbers when activations are recorded beside", async () => {
    const alone = await trainingLogits(model, 1);
    const beside = await trainingLogits(model, 1, () => true);
    expect(beside.names.length).toBeGreaterThan(10);
    // The engine may fuse fewer operations where more results are asked for, which rounds otherwise.
    expect(furthest(beside.logits.data as Float32Array, alone.logits.data as Float32Array)).toBeLessThan(1e-5);
  });

  it("others at each step", async () => {
    const [first, second] = [await trainingLogits(model, 1), await trainingLogits(model, 2)];
    expect(furthest(first.logits.data as Float32Array, second.logits.data as Float32Array)).toBeGreaterThan(0.1);
  });
});
