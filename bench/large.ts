import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HeedError } from "../src/error.ts";
import { type Benchmark, count, type OptionValues, type Report } from "./benchmark.ts";
import { qwen, type Stored, writeRandomFolder } from "./large/random-folder.ts";
import { physicalCores } from "./machine.ts";
import { Peer } from "./peer.ts";
import { measured } from "./statistics.ts";
import { digits, formatTable, percent } from "./table.ts";

/** What a process of its own measures. */
export interface LargeJob {
  readonly folder: string;
  readonly threads: number;
  /** New tokens of each text. */
  readonly tokens: number;
  readonly rounds: number;
}

export interface LargeResult {
  readonly openSeconds: number;
  /** To the first token, behind opening: programs are compiled, and the file's pages mapped. */
  readonly firstSeconds: number;
  /** The most resident memory up to the end of the first text. */
  readonly peakBytes: number;
  /** Of each token but the first of each text. */
  readonly milliseconds: readonly number[];
  /** Of each reading of memory. */
  readonly bytesPerSecond: readonly number[];
}

export const large: Benchmark = {
  name: "large",
  summary: "opening a random model of Qwen2.5-0.5B's shape and continuing a text: memory, and its rate",
  options: {
    stored: { type: "string", default: "F32,BF16", help: "How weights are stored: F32, BF16." },
    threads: { type: "string", help: "Threads; one for each physical core unless given." },
    tokens: { type: "string", default: "32", help: "New tokens of each text." },
    rounds: { type: "string", default: "5", help: "Timed texts, with the reading of memory between them." },
  },
  run,
};

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  const threads = values.threads === undefined ? await physicalCores() : count(values, "threads");
  const settings = { threads, tokens: count(values, "tokens"), rounds: count(values, "rounds") };
  const found: ReturnType<typeof summary>[] = [];
  for (const stored of String(values.stored).split(",")) {
    if (stored !== "F32" && stored !== "BF16")
      throw new HeedError("USAGE", `--stored: F32 or BF16, found "${stored}".`);
    found.push(await measure(stored, settings, log));
  }
  return { json: { ...settings, found }, text: found.map(formatted).join("\n\n") };
}

async function measure(stored: Stored, settings: Omit<LargeJob, "folder">, log: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const script = fileURLToPath(new URL("peers/large-heed.ts", import.meta.url));
  try {
    log(`${stored}: writing the folder`);
    const parameters = await writeRandomFolder(folder, stored, qwen);
    log(`${stored}: continuing a text`);
    const peer = new Peer("Heed", [process.execPath, "--import", import.meta.resolve("tsx"), script]);
    try {
      return summary(stored, parameters, await peer.ask<LargeResult>("run", { folder, ...settings }));
    } finally {
      peer.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function summary(stored: Stored, parameters: number, result: LargeResult) {
  const parameterBytes = 4 * parameters;
  const token = measured(result.milliseconds);
  const memory = measured(result.bytesPerSecond);
  return {
    stored,
    parameterBytes,
    openSeconds: result.openSeconds,
    firstSeconds: result.firstSeconds,
    peakBytes: result.peakBytes,
    allowedBytes: 1.2 * parameterBytes + 300e6,
    token,
    memory,
    /** The rate at which a token reads the parameters, by that at which memory is read. */
    shareOfRate: (1000 * parameterBytes) / token.median / memory.median,
  };
}

function formatted(found: ReturnType<typeof summary>): string {
  const megabytes = (bytes: number) => `${digits(bytes / 1e6, 4)} MB`;
  const { stored, token, memory } = found;
  return formatTable([
    ["stored", stored],
    ["parameters", megabytes(found.parameterBytes)],
    ["peak of memory", `${megabytes(found.peakBytes)}, ${megabytes(found.allowedBytes)} allowed`],
    ["opening", `${digits(found.openSeconds)} s`],
    ["to the first token", `${digits(found.firstSeconds)} s`],
    ["a token", `${digits(token.median)} ms (spread ${percent(token.spread)})`],
    ["reading memory", `${digits(memory.median / 1e9)} GB/s (spread ${percent(memory.spread)})`],
    ["share of its rate", percent(found.shareOfRate)],
  ]);
}
