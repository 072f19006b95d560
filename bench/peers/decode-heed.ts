/** Heed's side of `bench decode`. Usage: decode-heed.ts JOB.json */
import { createGenerator, generate } from "heed/generate";
import { openModel } from "heed/hub";
import { defaultRuntime } from "heed/runtime";
import type { DecodeJob } from "../decode/job.ts";
import { serve } from "../peer.ts";
import { readJson } from "../train/job.ts";

interface Request {
  readonly beams: number;
  readonly batches: readonly (readonly number[])[];
}

async function main(path: string): Promise<void> {
  const { model: folder, threads, maxNewTokens, sources } = await readJson<DecodeJob>(path);
  const { model } = await openModel(folder);
  const runtime = await defaultRuntime({ device: "cpu", threads });
  const generator = createGenerator(model, runtime);
  const { version: node } = process;
  await serve({
    describe: async () => ({ versions: { node }, settings: { threads } }),
    async decode({ beams, batches }: Request) {
      const options = { numBeams: beams, maxNewTokens, batchSize: Math.max(...batches.map(({ length }) => length)) };
      const found: number[][] = [];
      const cpu = process.cpuUsage();
      const start = performance.now();
      for (const batch of batches) {
        const inputs = batch.map((number) => sources[number]!);
        const generations = await generate(generator, inputs, options);
        for (const [best] of generations) found.push([...best!.ids].filter((id) => id !== model.config.eosTokenId));
      }
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      return { ids: found, seconds, cpuSeconds: (user + system) / 1e6 };
    },
  });
}

await main(...(process.argv.slice(2) as [string]));
