/**
 * Trains a translator of a family of one's own, and translates with it. About a minute.
 *
 *     npx tsx examples/train-own-family.ts
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure, defineConfig, loadTranslator, trainTranslator } from "heed";
import { wordsAndPlaces } from "./own-family.ts";

const recipe = defineConfig({
  data: { corpus: "compiler-messages", to: "fr", split: { validation: 100, test: 200 } },
  tokenizer: { vocabSize: 1000 },
  model: configure(wordsAndPlaces, { width: 96 }),
  train: { maxEpochs: 10, maxTokens: 1500 },
});

const folder = join(await mkdtemp(join(tmpdir(), "heed-")), "run");
for await (const event of trainTranslator(recipe, { folder })) {
  if (event.type === "evaluation") console.log(`epoch ${event.epoch}: BLEU ${event.scores.bleu?.toFixed(1)}`);
}

const translator = await loadTranslator(folder);
const [translations] = await translator.translate(["Type '{0}' is not assignable to type '{1}'."]);
console.log(translator.model.family.modelType, "writes:", translations![0]!.text);
await translator.dispose();
