import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTranslator, type TranslationTokenizer, type Translator } from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { openModel } from "../../src/hub/node.ts";
import { activationNames, crossAttentionNames } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { goldenFolder } from "../models/golden.ts";
import { smallTransformer } from "./models.ts";

const END = 1;

/** Words w0, w1, … are the tokens of that id. */
const tokenizer: TranslationTokenizer = {
  encode: (text) => Int32Array.of(...text.split(" ").map((word) => Number(word.slice(1))), END),
  decode: (ids) =>
    [...ids]
      .filter((id) => id !== END)
      .map((id) => `w${id}`)
      .join(" "),
  idToToken: (id) => `w${id}`,
};

let runtime: Runtime;
let translator: Translator;
beforeAll(async () => {
  runtime = await nativeRuntime({ threads: 1 });
  const { model } = await openModel(join(goldenFolder, "t5"));
  const short = { ...model, config: { ...model.config, maxPositionEmbeddings: 12 } };
  translator = createTranslator({ model: short, tokenizer, runtime, defaults: { numBeams: 2 } });
});
afterAll(async () => {
  await translator.dispose();
  await runtime.dispose();
});

describe("a translator of T5", () => {
  it("tells where it looked, and how probable it finds what it wrote", async () => {
    const texts = ["w5 w6 w7", "w20 w3"];
    const found = await translator.translate(texts, { attention: true });
    const scored = await translator.score(
      texts,
      found.map(([best]) => best!.text),
    );
    found.forEach(([best], i) => {
      expect(best!.sourceTokens).toEqual([...texts[i]!.split(" "), `w${END}`]);
      for (const [t, { attention, logProb }] of best!.tokens.entries()) {
        expect(attention!.weights.length).toBe(best!.sourceTokens.length);
        expect(attention!.weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 5);
        expect(scored[i]!.tokens[t]!.logProb).toBeCloseTo(logProb, 4);
      }
    });
  });

  it("reads the beginning of a text that is too long, and its end token", async () => {
    const long = Array.from({ length: 20 }, (_, i) => `w${i + 2}`);
    await expect(translator.translate([long.join(" ")])).rejects.toMatchObject({ code: "INPUT_TOO_LONG" });
    const [found] = await translator.translate([long.join(" ")], { truncate: true });
    expect(found![0]!.sourceTokens).toEqual([...long.slice(0, 11), `w${END}`]);
  });

  it("has the activations of a Transformer, by the same names", () => {
    const transformer = smallTransformer({ normalizeBefore: true, encoderLayers: 2, decoderLayers: 2 });
    const names = activationNames(transformer).filter((name) => !name.endsWith("embedding.positions"));
    expect(activationNames(translator.model).sort()).toEqual(names.sort());
    expect(crossAttentionNames(translator.model)).toEqual(
      [0, 1].map((layer) => `decoder.layers.${layer}.crossAttention.pattern`),
    );
  });
});
