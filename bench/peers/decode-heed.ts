/** Heed's side of `bench decode`. Usage: decode-heed.ts JOB.json together|lanes */
import { createGenerator, type Generation, generate } from "heed/generate";
import { openModel } from "heed/hub";
import { defaultRuntime } from "heed/runtime";
import { generateInLanes, type Lane } from "../../dist/generate/lanes.js";
import { LaneThread } from "../../dist/translation/lanes/lane-thread.js";
import type { DecodeJob } from "../decode/job.ts";
import { serve } from "../peer.ts";
import { readJson } from "../train/job.ts";

interface Request {
  readonly beams: number;
  readonly batches: readonly (readonly number[])[];
}

type Decode = (sources: readonly (readonly number[])[], options: object) => Promise<Generation[][]>;

/** One batch after the other, in which all threads share; or one thread for each batch, so many side by side. */
async function decoder({ model: folder, threads }: DecodeJob, lanes: boolean): Promise<Decode> {
  const { model } = await openModel(folder);
  if (!lanes) {
    const generator = createGenerator(model, await defaultRuntime({ device: "cpu", threads }));
    return (sources, options) => generate(generator, sources, options);
  }
  const start = (): Promise<Lane> => LaneThread.start(model, { threads: 1 });
  const opened = await Promise.all(Array.from({ length: threads }, start));
  return (sources, options) => generateInLanes(opened, model.config, sources, options);
}

async function main(path: string, how: string): Promise<void> {
  const job = await readJson<DecodeJob>(path);
  const { config } = (await openModel(job.model)).model;
  const decode = await decoder(job, how === "lanes");
  const { version: node } = process;
  await serve({
    describe: async () => ({ versions: { node }, settings: { threads: job.threads, how } }),
    async decode({ beams, batches }: Request) {
      const options = {
        numBeams: beams,
        earlyStopping: true,
        maxNewTokens: job.maxNewTokens,
        batchSize: Math.max(...batches.map(({ length }) => length)),
      };
      const cpu = process.cpuUsage();
      const start = performance.now();
      const inputs = batches.flat().map((number) => job.sources[number]!);
      const generations = await decode(inputs, options);
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const ids = generations.map(([best]) => best!.ids.filter((id) => id !== config.eosTokenId));
      return { ids, seconds, cpuSeconds: (user + system) / 1e6 };
    },
  });
}

await main(...(process.argv.slice(2) as [string, string]));
