/** Heed's side of the curves of `bench growth` on a model: one point in each process. */
import { createRandom } from "../../src/data/random.ts";
import { createGenerator, generate } from "../../src/generate/index.ts";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { type Model, type TransformerConfig, transformer } from "../../src/models/index.ts";
import { initialize } from "../../src/nn/index.ts";
import { defaultRuntime } from "../../src/runtime/index.ts";
import { Learner, trainSchema } from "../../src/train/index.ts";
import { translationBatch } from "../../src/translation/batches.ts";
import type { PointJob, Repetitions, Shape } from "../growth/jobs.ts";
import { peakBytes } from "../machine.ts";
import { serve } from "../peer.ts";
import { total } from "../statistics.ts";

const SEED = 1;
const WARM_UP = 2;
const FEWEST = 3;

await serve({
  async train({ config, shape, threads, seconds }: PointJob) {
    await using runtime = await defaultRuntime({ device: "cpu", threads });
    await using learner = await Learner.create(modelOf(config), runtime, trainSchema.parse({}));
    const batch = translationBatch(rowsOf(config, shape), config);
    let step = 0;
    return await repeat(seconds, () => learner.update([batch], ++step, 1e-4));
  },
  async decode({ config, shape, threads, seconds }: PointJob) {
    await using runtime = await defaultRuntime({ device: "cpu", threads });
    await using generator = createGenerator(modelOf(config), runtime);
    const { source } = rowsOf(config, shape);
    const length = { minNewTokens: shape.target, maxNewTokens: shape.target };
    return await repeat(seconds, () => generate(generator, source, { numBeams: 1, batchSize: shape.rows, ...length }));
  },
});

function modelOf(config: TransformerConfig): Model {
  const parameters = flattenTree<TensorData>(initialize(transformer.spec(config), SEED) as never);
  return { family: transformer, config, parameters } as unknown as Model;
}

/** Tokens drawn alike from the vocabulary, those with a role left out. */
function rowsOf({ vocabSize }: TransformerConfig, { rows, source, target }: Shape) {
  const below = createRandom(SEED);
  const draw = (length: number) =>
    Array.from({ length: rows }, () => Int32Array.from({ length }, () => 1 + below(vocabSize - 2)));
  return { source: draw(source), target: draw(target) };
}

async function repeat(budget: number, task: () => Promise<unknown>): Promise<Repetitions> {
  for (let repetition = 0; repetition < WARM_UP; repetition++) await task();
  const before = process.cpuUsage();
  const seconds: number[] = [];
  while (seconds.length < FEWEST || total(seconds) < budget) {
    const start = performance.now();
    await task();
    seconds.push((performance.now() - start) / 1000);
  }
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6, peakBytes: await peakBytes() };
}
