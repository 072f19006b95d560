import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openCorpus } from "../src/data/index.ts";
import { HeedError } from "../src/error.ts";
import { resolveModelFolder } from "../src/hub/run-folder.ts";
import { loadTokenizer } from "../src/text/tokenizer-files.ts";
import { type Benchmark, count, type OptionValues, type Report } from "./benchmark.ts";
import { requireFreshBuild } from "./build.ts";
import { dataDirOption, multi30kFolder } from "./data.ts";
import { candidates } from "./decode/candidates.ts";
import { compare } from "./decode/compare.ts";
import type { DecodeJob, Setting } from "./decode/job.ts";
import { formatSetting, reportOf } from "./decode/report.ts";
import { physicalCores } from "./machine.ts";
import { formatFacts } from "./table.ts";

export const decode: Benchmark = {
  name: "decode",
  summary:
    "translating test_2016 of Multi30k beside transformers, transformers.js and CTranslate2, by the same weights",
  options: {
    model: {
      type: "string",
      default: "runs/post-norm",
      help: "A run, or a folder that Heed wrote: Marian or Pegasus.",
    },
    rounds: { type: "string", default: "3", help: "Timed passes over the sentences, the peers in turn." },
    sentences: { type: "string", default: "1000", help: "Sentences at batch 32; one by one, a fifth of them." },
    beams: { type: "string", default: "1,5", help: "Which numbers of beams." },
    batches: { type: "string", default: "1,32", help: "Which numbers of sentences at once." },
    only: { type: "string", help: "Names of the peers to run beside Heed; all unless given." },
    length: { type: "string", default: "100", help: "The longest translation, in tokens." },
    threads: { type: "string", help: "Threads of every peer; one for each physical core unless given." },
    "data-dir": dataDirOption,
  },
  run,
};

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  requireFreshBuild();
  const model = await resolveModelFolder(resolve(String(values.model)));
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  try {
    const job: DecodeJob = {
      model,
      onnx: join(folder, "onnx"),
      ctranslate2: join(folder, "ctranslate2"),
      threads: values.threads === undefined ? await physicalCores() : count(values, "threads"),
      maxNewTokens: count(values, "length"),
      sources: await testSources(model, values),
    };
    const path = join(folder, "job.json");
    await writeFile(path, JSON.stringify(job));
    const all = await candidates(path, job, log);
    const only = values.only === undefined ? undefined : ["Heed", "Heed in lanes", ...String(values.only).split(",")];
    const chosen = all.filter(({ name }) => only?.includes(name) ?? true);
    const { descriptions, comparisons } = await compare(chosen, job, settingsOf(values), count(values, "rounds"), log);
    const reports = comparisons.map(reportOf);
    const facts = { threads: job.threads, longest: job.maxNewTokens, peers: descriptions };
    return {
      json: { ...facts, settings: reports },
      text: [...descriptions.map((description) => formatFacts({ ...description })), ...reports.map(formatSetting)].join(
        "\n\n",
      ),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function settingsOf(values: OptionValues): Setting[] {
  const numbers = (name: string) =>
    String(values[name])
      .split(",")
      .map((value) => count({ [name]: value }, name));
  return numbers("beams").flatMap((beams) => numbers("batches").map((batch) => ({ beams, batch })));
}

/** The sources of test_2016 as the model reads them. */
async function testSources(model: string, values: OptionValues): Promise<number[][]> {
  const dataDir = multi30kFolder(values);
  await using corpus = await openCorpus({ corpus: "multi30k", from: "en", to: "de", ...(dataDir && { dataDir }) });
  if (corpus.test === undefined) throw new HeedError("DATA_INVALID", "Multi30k came without its test part.");
  const tokenizer = await loadTokenizer(model);
  const sources: number[][] = [];
  for await (const block of corpus.test.pairs()) {
    for (const { source } of block) sources.push(Array.from(tokenizer.encode(source)));
  }
  return sources.slice(0, count(values, "sentences"));
}
