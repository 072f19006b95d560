// Decodes with one build of Heed and prints the median time of each setting in milliseconds, as JSON.
//     node decode-build.mjs DIST normalizeBefore(true|false)
import { pathToFileURL } from "node:url";

const [dist, normalizeBefore] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/${path}/index.js`).href);
const [{ createGenerator, generate }, { transformer }, { initialize }, { flattenTree }, { defaultRuntime }] =
  await Promise.all(["generate", "models", "nn", "graph", "runtime"].map(load));

const config = transformer.schema.parse({
  vocabSize: 10_000,
  dModel: 128,
  encoderLayers: 4,
  decoderLayers: 4,
  encoderFfnDim: 256,
  decoderFfnDim: 256,
  maxPositionEmbeddings: 128,
  normalizeBefore: normalizeBefore === "true",
  padTokenId: 9999,
  eosTokenId: 0,
  decoderStartTokenId: 9999,
});
const parameters = flattenTree(initialize(transformer.spec(config), 1));
const generator = createGenerator({ family: transformer, config, parameters }, await defaultRuntime());
const sources = Array.from({ length: 64 }, (_, i) =>
  Array.from({ length: 8 + (i % 10) }, (_, j) => 1 + ((i * 31 + j * 17) % 9900)),
);
const settings = {
  "greedy, 1": [1, 1, 12],
  "greedy, 32": [1, 32, 64],
  "5 beams, 1": [5, 1, 6],
  "5 beams, 32": [5, 32, 32],
};
const medians = {};
for (const [name, [numBeams, batchSize, count]] of Object.entries(settings)) {
  const options = { numBeams, batchSize, minNewTokens: 30, maxNewTokens: 30 };
  const times = [];
  for (let pass = 0; pass < 6; pass++) {
    const start = performance.now();
    await generate(generator, sources.slice(0, count), options);
    if (pass > 0) times.push(performance.now() - start);
  }
  medians[name] = times.sort((a, b) => a - b)[2];
}
process.stdout.write(JSON.stringify(medians), () => process.exit(0));
