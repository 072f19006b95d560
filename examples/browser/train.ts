import { loadTranslator, memoryRun, type PairsRecipeInput, type Translator, trainOnPairs, workerRuntime } from "heed";
import { collectPairs, readTsv, textSource } from "heed/data";
import { element, onSubmit, say } from "./page.ts";

/** Small enough for a minute in a browser. With validation pairs in `data` it would be scored with BLEU as well. */
const recipe: PairsRecipeInput = {
  tokenizer: { vocabSize: 300 },
  model: { dModel: 64, encoderLayers: 1, decoderLayers: 1, encoderFfnDim: 256, decoderFfnDim: 256 },
  train: {
    maxEpochs: 100,
    maxTokens: 512,
    schedule: { type: "inverseSquareRoot", peak: 0.003, warmupSteps: 50 },
  },
};

let translator: Translator | undefined;

onSubmit("train", async () => {
  const text = element<HTMLTextAreaElement>("pairs").value;
  const train = await collectPairs(readTsv(textSource(text, "the pairs")));
  const run = memoryRun();
  const runtime = await workerRuntime();
  const losses: number[] = [];
  try {
    for await (const event of trainOnPairs({ recipe, data: { train }, runtime, store: run.store })) {
      if (event.type === "prepare") say("Making the pairs ready …");
      if (event.type !== "step") continue;
      losses.push(event.loss);
      draw(losses);
      say(`Step ${event.step} of ${event.totalSteps}, loss ${event.loss.toFixed(3)}`);
    }
  } finally {
    await runtime.dispose();
  }
  await translator?.dispose();
  translator = await loadTranslator(run.files, { worker: true });
  element<HTMLFormElement>("translate").hidden = false;
});

onSubmit("translate", async () => {
  const translations = await translator!.translate([element<HTMLInputElement>("text").value]);
  element("translation").textContent = translations[0]?.[0]?.text ?? "";
});

function draw(losses: readonly number[]): void {
  const highest = Math.max(...losses);
  const points = losses.map((loss, i) => `${(100 * i) / losses.length},${30 - (30 * loss) / highest}`);
  document.querySelector("polyline")!.setAttribute("points", points.join(" "));
}

const nouns = { house: "maison", table: "table", car: "voiture", door: "porte", apple: "pomme", chair: "chaise" };
const adjectives = { red: "rouge", white: "blanche", black: "noire", green: "verte", long: "longue", open: "ouverte" };
const examples = Object.entries(nouns).flatMap(([noun, nom]) =>
  Object.entries(adjectives).map(([adjective, adjectif]) => `the ${adjective} ${noun}\tla ${nom} ${adjectif}`),
);
element<HTMLTextAreaElement>("pairs").value = examples.join("\n");
