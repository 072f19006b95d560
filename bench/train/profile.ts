import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Peer } from "../peer.ts";
import { total } from "../statistics.ts";
import { digits, formatTable, percent } from "../table.ts";
import { heedCommand } from "./candidates.ts";
import type { Pass } from "./compare.ts";

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
  /** In kernels, by type, the greatest first. */
  readonly operators: readonly { readonly name: string; readonly calls: number; readonly seconds: number }[];
  /** The share of matrix products in the steps. */
  readonly matmulShare: number;
  readonly matmuls: readonly MatmulTime[];
}

interface MatmulTime {
  /** Output rows, inner dimension, output columns, and how many such products a call computes. */
  readonly shape: string;
  readonly calls: number;
  readonly seconds: number;
  readonly flops: number;
}

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** µs */
  readonly ts: number;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

const MATMULS = new Set(["MatMul", "FusedMatMul", "Gemm", "FusedGemm"]);

/** Profiles one pass over the batches, after one that warms up. @param job The path of the job's file. */
export async function profileStep(job: string): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), "heed-profile-"));
  const peer = new Peer("heed", heedCommand(job, "dropout", join(folder, "profile")));
  try {
    await peer.ask<Pass>("run");
    const pass = await peer.ask<Pass>("run");
    await peer.ask("profile");
    const events = await largestTrace(folder);
    const runs = events.filter(({ name }) => name === "model_run").slice(-pass.seconds.length);
    const kernels = events.filter(({ name, ts }) => name.endsWith("_kernel_time") && ts >= runs[0]!.ts);
    return summarize(pass, runs, kernels);
  } finally {
    peer.close();
    await rm(folder, { recursive: true });
  }
}

/** The trace of the step: other programs of the process leave small ones. */
async function largestTrace(folder: string): Promise<TraceEvent[]> {
  const names = await readdir(folder);
  const traces = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return JSON.parse(traces.toSorted((a, b) => b.length - a.length)[0]!) as TraceEvent[];
}

function summarize(pass: Pass, runs: readonly TraceEvent[], kernels: readonly TraceEvent[]): Profile {
  const steps = total(pass.seconds);
  const engine = total(runs.map(({ dur }) => dur)) / 1e6;
  const matmuls = kernels.filter(({ args }) => MATMULS.has(args.op_name ?? ""));
  return {
    steps,
    javascript: steps - pass.engineSeconds!,
    binding: pass.engineSeconds! - engine,
    engine,
    operators: grouped(kernels, ({ args }) => args.op_name!).map(([name, events]) => ({
      name,
      calls: events.length,
      seconds: secondsOf(events),
    })),
    matmulShare: secondsOf(matmuls) / steps,
    matmuls: grouped(matmuls, (event) => matmulClass(event).shape).map(([shape, events]) => ({
      shape,
      calls: events.length,
      seconds: secondsOf(events),
      flops: total(events.map((event) => matmulClass(event).flops)) / secondsOf(events),
    })),
  };
}

/** What is multiplied, with batch and positions, which change from batch to batch, as letters. */
function matmulClass({ args }: TraceEvent): { shape: string; flops: number } {
  const [a, b] = args.input_type_shape!.map((type) => Object.values(type)[0]!) as [
    readonly number[],
    readonly number[],
  ];
  const output = Object.values(args.output_type_shape![0]!)[0]!;
  const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
  const flops = 2 * Math.sqrt((size(a) * size(b) * size(output)) / (b.length > 2 ? size(output.slice(0, -2)) : 1));
  const known = new Set([64, 32, 128, 256, 512, 1024, 2048, 10_000]);
  const letters = (dims: readonly number[]) => `[${dims.map((dim) => (known.has(dim) ? dim : "·")).join(", ")}]`;
  return { shape: `${args.op_name} ${letters(a)} ${letters(b)} → ${letters(output)}`, flops };
}

function grouped<T extends TraceEvent>(events: readonly T[], key: (event: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const event of events) {
    const group = groups.get(key(event)) ?? [];
    group.push(event);
    groups.set(key(event), group);
  }
  return [...groups].sort(([, a], [, b]) => secondsOf(b) - secondsOf(a));
}

const secondsOf = (events: readonly TraceEvent[]): number => total(events.map(({ dur }) => dur)) / 1e6;

export function formatProfile(profile: Profile): string {
  const { steps, javascript, binding, engine, operators, matmuls, matmulShare } = profile;
  const share = (seconds: number) => percent(seconds / steps);
  const kernels = total(operators.map(({ seconds }) => seconds));
  const whole = [
    ["steps", `${digits(steps)} s`, ""],
    ["JavaScript", "", share(javascript)],
    ["copying to and from the engine", "", share(binding)],
    ["engine, between kernels", "", share(engine - kernels)],
    ["matrix products", "", percent(matmulShare)],
    ["other kernels", "", percent(kernels / steps - matmulShare)],
  ];
  const byOperator = operators.slice(0, 20).map(({ name, calls, seconds }) => [name, String(calls), share(seconds)]);
  const byShape = matmuls
    .slice(0, 20)
    .map(({ shape, calls, seconds, flops }) => [shape, String(calls), share(seconds), digits(flops / 1e9)]);
  return [
    formatTable(whole),
    formatTable([["operator", "calls", "of the steps"], ...byOperator]),
    formatTable([["matrix product", "calls", "of the steps", "GFLOP/s"], ...byShape]),
  ].join("\n\n");
}
