import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Peer } from "../peer.ts";
import { total } from "../statistics.ts";
import { digits, formatTable, percent } from "../table.ts";
import { heedCommand } from "./candidates.ts";
import type { Pass } from "./compare.ts";
import type { Job } from "./job.ts";
import { isMatmul, type MatmulTime, matmulTimes, representatives } from "./matmuls.ts";
import { costliest, isKernel, readTraces, secondsOf, type TraceEvent } from "./trace.ts";

/** Where the time of a step goes, in seconds of one pass over the batches. */
export interface Profile {
  /** The whole steps, as JavaScript sees them; the profiler slows them. */
  readonly steps: number;
  /** Outside ONNX Runtime: feeding, drawing masks, taking results. */
  readonly javascript: number;
  /** Between JavaScript and the engine: copying inputs and outputs. */
  readonly binding: number;
  /** The engine's own runs. */
  readonly engine: number;
  /** In kernels, by type, the costliest first. */
  readonly operators: readonly { readonly name: string; readonly calls: number; readonly seconds: number }[];
  /** The share of matrix products in the steps. */
  readonly matmulShare: number;
  readonly matmuls: readonly MatmulTime[];
}

const SHOWN = 20;

/** Profiles one pass over the batches, after one that warms up, and then matrix products alone. `path`: the job's file. */
export async function profileStep(path: string, { config }: Job): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), "heed-profile-"));
  const { dModel, encoderFfnDim, encoderAttentionHeads, vocabSize } = config;
  const fixed = new Set([dModel, encoderFfnDim, dModel / encoderAttentionHeads, vocabSize]);
  try {
    const { pass, events } = await traceSteps(path, join(folder, "steps"));
    const runs = events.filter(({ name }) => name === "model_run").slice(-pass.seconds.length);
    const kernels = events.filter((event) => isKernel(event) && event.ts >= runs[0]!.ts);
    const alone = await traceAlone(path, join(folder, "alone"), representatives(kernels, fixed, SHOWN));
    return { ...summarize(pass, runs, kernels), matmuls: matmulTimes(kernels, alone, fixed) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function traceSteps(job: string, folder: string): Promise<{ pass: Pass; events: TraceEvent[] }> {
  return withProfiler(job, folder, async (peer) => {
    await peer.ask<Pass>("run");
    return peer.ask<Pass>("run");
  }).then(({ result, traces }) => ({ pass: result, events: traces[0]! }));
}

async function traceAlone(job: string, folder: string, products: readonly object[]): Promise<TraceEvent[]> {
  const { traces } = await withProfiler(job, folder, (peer) => peer.ask("alone", { products }));
  return traces.flat().filter(isKernel);
}

async function withProfiler<T>(job: string, folder: string, task: (peer: Peer) => Promise<T>) {
  await mkdir(folder);
  const peer = new Peer("heed", heedCommand(job, "dropout", join(folder, "trace")));
  try {
    const result = await task(peer);
    await peer.ask("endProfiling");
    return { result, traces: await readTraces(folder) };
  } finally {
    peer.close();
  }
}

function summarize(pass: Pass, runs: readonly TraceEvent[], kernels: readonly TraceEvent[]) {
  const steps = total(pass.seconds);
  const engine = secondsOf(runs);
  const operators = costliest(kernels, ({ args }) => args.op_name!);
  return {
    steps,
    javascript: steps - pass.engineSeconds!,
    binding: pass.engineSeconds! - engine,
    engine,
    operators: operators.map(([name, events]) => ({ name, calls: events.length, seconds: secondsOf(events) })),
    matmulShare: secondsOf(kernels.filter(isMatmul)) / steps,
  };
}

export function formatProfile(profile: Profile): string {
  const { steps, javascript, binding, engine, operators, matmuls, matmulShare } = profile;
  const share = (seconds: number) => percent(seconds / steps);
  const kernels = total(operators.map(({ seconds }) => seconds));
  const whole = [
    ["steps", `${digits(steps)} s`],
    ["JavaScript", share(javascript)],
    ["copying to and from the engine", share(binding)],
    ["engine, between kernels", share(engine - kernels)],
    ["matrix products", percent(matmulShare)],
    ["other kernels", percent(kernels / steps - matmulShare)],
  ];
  const byOperator = operators.map(({ name, calls, seconds }) => [name, String(calls), share(seconds)]);
  const byShape = matmuls.map(({ shape, calls, seconds, flops, ofAlone }) => [
    shape,
    String(calls),
    share(seconds),
    digits(flops / 1e9),
    ofAlone === null ? "" : percent(ofAlone),
  ]);
  return [
    formatTable(whole),
    formatTable([["operator", "calls", "of the steps"], ...byOperator.slice(0, SHOWN)]),
    formatTable([
      ["matrix product", "calls", "of the steps", "GFLOP/s", "of its rate alone"],
      ...byShape.slice(0, SHOWN),
    ]),
  ].join("\n\n");
}
