import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeedError } from "../src/error.ts";
import type { TensorData } from "../src/graph/tensor-data.ts";
import { flattenTree } from "../src/graph/tree.ts";
import { encodeSafetensors } from "../src/hub/index.ts";
import { checkConfig, type ModelFamily, type TransformerConfig, transformer } from "../src/models/index.ts";
import { initialize } from "../src/nn/index.ts";
import type { Tokenizer } from "../src/text/index.ts";
import { type Benchmark, count, type OptionValues, type Report } from "./benchmark.ts";
import { dataDirOption, multi30kFolder } from "./data.ts";
import { physicalCores } from "./machine.ts";
import { findPython } from "./python.ts";
import { total } from "./statistics.ts";
import { percent } from "./table.ts";
import { candidates } from "./train/candidates.ts";
import { compare } from "./train/compare.ts";
import { stepFlops } from "./train/flops.ts";
import { type Job, paddingOf, realTokens, type StoredBatch, shapeOf } from "./train/job.ts";
import { formatProfile, profileStep } from "./train/profile.ts";
import { formatSize, reportOf } from "./train/report.ts";
import { sizes } from "./train/sizes.ts";
import { multi30kBatches } from "./train/workload.ts";

const SEED = 1;
/** Updates that are compared before anything is timed. */
const CHECKED = 3;

export const train: Benchmark = {
  name: "train",
  summary: "one training step (forward, backward, clipping, Adam) beside PyTorch, on batches of Multi30k",
  options: {
    sizes: { type: "string", default: [...sizes.keys()].join(","), help: "Widths of the models, see train/sizes.ts." },
    rounds: { type: "string", default: "5", help: "Timed passes over the batches, the peers in turn." },
    batches: { type: "string", default: "10", help: "Batches of a pass." },
    tokens: { type: "string", default: "4096", help: "Padded tokens of a batch, source and target." },
    threads: { type: "string", help: "Threads of every peer; one for each physical core unless given." },
    "data-dir": dataDirOption,
    profile: {
      type: "boolean",
      default: false,
      help: "Profile Heed's step only: time by operator and matrix product.",
    },
  },
  run,
};

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  const widths = String(values.sizes).split(",").map(Number);
  const unknown = widths.find((width) => !sizes.has(width));
  if (unknown !== undefined) throw new HeedError("USAGE", `--sizes: there is no size ${unknown}.`);
  const threads = values.threads === undefined ? await physicalCores() : count(values, "threads");
  const maxTokens = count(values, "tokens");
  log("preparing batches");
  const dataDir = multi30kFolder(values);
  const { tokenizer, batches } = await multi30kBatches({ dataDir, maxTokens, count: count(values, "batches") });
  const workload = { data: "Multi30k en–de", ...describe(batches), tokensPerBatch: maxTokens };
  const facts = { threads, workload };
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  try {
    const paths = { batches: join(folder, "batches.json"), weights: join(folder, "weights.safetensors") };
    await writeFile(paths.batches, JSON.stringify(batches));
    const sections: { readonly json: object; readonly text: string }[] = [];
    for (const width of widths) {
      const job = await prepareJob(width, tokenizer, { ...paths, threads, checkedBatches: mostPadded(batches) });
      const path = join(folder, `job-${width}.json`);
      await writeFile(path, JSON.stringify(job));
      const measure = values.profile ? profileSize : compareSize;
      sections.push(await measure({ width, job, path, batches, rounds: count(values, "rounds") }, log));
    }
    const heading = `${workload.batches} batches of ${workload.data}, ${workload.shapes} shapes, ${workload.tokens} tokens, ${percent(workload.realShare)} of them not padding; ${threads} threads`;
    return {
      json: { ...facts, sizes: sections.map(({ json }) => json) },
      text: [heading, ...sections.map(({ text }) => text)].join("\n\n"),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface SizeTask {
  readonly width: number;
  readonly job: Job;
  /** Where the job's file is. */
  readonly path: string;
  readonly batches: readonly StoredBatch[];
  readonly rounds: number;
}

async function compareSize({ width, job, path, batches, rounds }: SizeTask, log: (line: string) => void) {
  const python = await findPython("peers", ["torch", "safetensors"]);
  const outcomes = await compare(candidates(path, python), rounds, (line) => log(`d = ${width}: ${line}`));
  const work = {
    tokens: total(batches.map(realTokens)),
    flops: total(batches.map((batch) => stepFlops(job.config, batch))),
  };
  const report = reportOf(width, outcomes, work);
  return { json: report, text: formatSize(report) };
}

async function profileSize({ width, job, path }: SizeTask, log: (line: string) => void) {
  log(`d = ${width}: profiling`);
  const profile = await profileStep(path, job);
  return { json: { dModel: width, ...profile }, text: `d = ${width}\n${formatProfile(profile)}` };
}

/** The model's config and first weights, and how it is updated. */
async function prepareJob(
  width: number,
  tokenizer: Tokenizer,
  given: Pick<Job, "batches" | "weights" | "threads" | "checkedBatches">,
): Promise<Job> {
  const ids = { padTokenId: tokenizer.padId, eosTokenId: tokenizer.eosId, decoderStartTokenId: tokenizer.padId };
  const settings = { ...sizes.get(width), vocabSize: tokenizer.vocabSize, ...ids };
  const config = checkConfig(transformer as unknown as ModelFamily<TransformerConfig>, settings, "model");
  const parameters = flattenTree<TensorData>(initialize(transformer.spec(config), SEED) as never);
  await writeFile(given.weights, await encodeSafetensors(parameters));
  const adam = { beta1: 0.9, beta2: 0.98, epsilon: 1e-9, weightDecay: 0 };
  const update = { ...adam, learningRate: 5e-4, clipNorm: 1, labelSmoothing: 0.1 };
  return { ...given, config, update, sgemm: 1024 };
}

/** The numbers of the batches with the most padding: there a mask that is wrong shows. */
function mostPadded(batches: readonly StoredBatch[]): number[] {
  const numbers = [...batches.keys()].sort((a, b) => paddingOf(batches[b]!) - paddingOf(batches[a]!));
  return numbers.slice(0, CHECKED);
}

function describe(batches: readonly StoredBatch[]) {
  const shapes = batches.map(shapeOf);
  const padded = total(shapes.map(({ rows, source, target }) => rows * (source + target)));
  const tokens = total(batches.map(realTokens));
  return {
    batches: batches.length,
    shapes: new Set(shapes.map((shape) => JSON.stringify(shape))).size,
    tokens,
    realShare: tokens / padded,
  };
}
