/**
 * Trains a small translator on the TypeScript compiler's messages, and translates with it. About a minute.
 *
 *     npx tsx examples/train-and-translate.ts
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, loadTranslator, trainTranslator } from "heed";

const recipe = defineConfig({
  data: { corpus: "compiler-messages", to: "fr", split: { validation: 100, test: 200 } },
  tokenizer: { vocabSize: 1000 },
  model: { modelType: "transformer", dModel: 64, encoderFfnDim: 256, decoderFfnDim: 256 },
  train: { maxEpochs: 10, maxTokens: 1500 },
});

const folder = join(await mkdtemp(join(tmpdir(), "heed-")), "run");
for await (const event of trainTranslator(recipe, { folder })) {
  if (event.type === "evaluation") console.log(`epoch ${event.epoch}: BLEU ${event.scores.bleu?.toFixed(1)}`);
}

const translator = await loadTranslator(folder);
const [translations] = await translator.translate(["Type '{0}' is not assignable to type '{1}'."], { numBeams: 5 });
for (const { text, probability } of translations![0]!.tokens) console.log(text, probability.toFixed(3));
await translator.dispose();
