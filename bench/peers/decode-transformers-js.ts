/**
 * transformers.js's side of `bench decode`: greedy only, it has no beams. Usage: decode-transformers-js.ts JOB.json
 *
 * The package is looked for where docs/benchmarks.md has it installed, so that Heed does not depend on it.
 */
import { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { DecodeJob } from "../decode/job.ts";
import { serve } from "../peer.ts";
import { readJson } from "../train/job.ts";

interface Request {
  readonly batches: readonly (readonly number[])[];
}

interface IdTensor {
  tolist(): (bigint | number)[][];
}

/** What is used of the package. */
interface TransformersJs {
  readonly env: { version: string; allowRemoteModels: boolean; localModelPath: string };
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: number[]) => IdTensor;
  readonly AutoModelForSeq2SeqLM: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<{
      readonly generation_config: { readonly pad_token_id: number; readonly eos_token_id: number };
      generate(options: object): Promise<IdTensor>;
    }>;
  };
}

/** A row that has ended goes on beside those that have not: what follows its end is no part of it. */
function upTo(end: number, [start, ...ids]: readonly number[]): number[] {
  const length = ids.indexOf(end);
  return [start!, ...(length < 0 ? ids : ids.slice(0, length))];
}

async function main(path: string): Promise<void> {
  const { onnx, threads, maxNewTokens, sources } = await readJson<DecodeJob>(path);
  const require = createRequire(new URL("../requirements/package.json", import.meta.url));
  const entry = pathToFileURL(require.resolve("@huggingface/transformers")).href;
  const { env, Tensor, AutoModelForSeq2SeqLM } = (await import(entry)) as TransformersJs;
  env.allowRemoteModels = false;
  env.localModelPath = dirname(onnx);
  const model = await AutoModelForSeq2SeqLM.from_pretrained(basename(onnx), {
    dtype: "fp32",
    device: "cpu",
    session_options: { intraOpNumThreads: threads },
  });
  const { pad_token_id: pad, eos_token_id: eos } = model.generation_config;

  const tensor = (rows: readonly (readonly number[])[], fill: number) => {
    const longest = Math.max(...rows.map(({ length }) => length));
    const padded = rows.flatMap((row) => [...row, ...new Array<number>(longest - row.length).fill(fill)]);
    return new Tensor("int64", BigInt64Array.from(padded, BigInt), [rows.length, longest]);
  };

  await serve({
    describe: async () => ({ versions: { "transformers.js": env.version }, settings: { threads } }),
    async decode({ batches }: Request) {
      const ids: number[][] = [];
      const cpu = process.cpuUsage();
      const start = performance.now();
      for (const batch of batches) {
        const rows = batch.map((number) => sources[number]!);
        const output = await model.generate({
          inputs: tensor(rows, pad),
          attention_mask: tensor(
            rows.map((row) => row.map(() => 1)),
            0,
          ),
          max_new_tokens: maxNewTokens,
          num_beams: 1,
          do_sample: false,
        });
        for (const row of output.tolist()) ids.push(upTo(eos, row.map(Number)).filter((id) => id !== pad));
      }
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      return { ids, seconds, cpuSeconds: (user + system) / 1e6 };
    },
  });
}

await main(...(process.argv.slice(2) as [string]));
