import { type Measured, measured, median, total } from "../statistics.ts";
import { digits, formatTable, percent } from "../table.ts";
import { type CandidateName, titles } from "./candidates.ts";
import type { Absent, Check, Differences, Outcome } from "./compare.ts";

/** A machine is quiet where the threads of each side get this share of their cores: they wait for each other too. */
const QUIET = 0.75;

/** What one candidate reached. */
export interface Figures {
  readonly name: CandidateName;
  readonly parameters: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Non-padding source and target tokens a second. */
  readonly tokensPerSecond: Measured;
  readonly secondsPerStep: number;
  /** Cores kept busy. Where this is less than the threads, others were using the machine, or threads waited. */
  readonly coresBusy: number;
  /** The same for one core: steadier where others use the machine. */
  readonly tokensPerCoreSecond: Measured;
  /** FLOP/s of the step, counting matrix products alone. */
  readonly stepFlops: number;
  /** FLOP/s of one square product in the same process. */
  readonly sgemmFlops: number;
  readonly peakBytes: number;
  readonly warmUpSeconds: number;
  readonly check: Check;
  /** From Heed's check. */
  readonly differences: Differences;
  /** The share of a step that passes outside ONNX Runtime. */
  readonly hostShare?: number;
}

export interface SizeReport {
  readonly dModel: number;
  readonly parameters: number;
  readonly figures: readonly (Figures | Absent)[];
  /** Of the medians of tokens/s: Heed's by the faster PyTorch's; null where one is missing. */
  readonly ratio: number | null;
  readonly fasterPeer: CandidateName | null;
  /** The same by core-second, which stays meaningful with `--threads 1` on a machine that others use too. */
  readonly ratioByCoreSecond: number | null;
  /** Whether every side could keep its threads busy. If not, `ratio` is noise. */
  readonly quiet: boolean;
  /** Core-seconds of a step with dropout by those of one without, less 1. */
  readonly dropoutCost: number | null;
}

/** @param work Tokens and FLOPs of all batches together. */
export function reportOf(
  dModel: number,
  outcomes: readonly (Outcome | Absent)[],
  work: { readonly tokens: number; readonly flops: number },
): SizeReport {
  const figures = outcomes.map((outcome) => ("absent" in outcome ? outcome : figuresOf(outcome, work)));
  const present = new Map(figures.flatMap((figure) => ("absent" in figure ? [] : [[figure.name, figure] as const])));
  const speed = (name: CandidateName) => present.get(name)?.tokensPerSecond.median ?? 0;
  const byCore = (name: CandidateName) => present.get(name)?.tokensPerCoreSecond.median ?? 0;
  const peers = (["pytorchEager", "pytorchCompile"] as const).filter((name) => present.has(name));
  const fastest = (of: (name: CandidateName) => number) => peers.toSorted((a, b) => of(b) - of(a))[0];
  const ratio = (of: (name: CandidateName) => number) =>
    present.has("heed") && peers.length > 0 ? of("heed") / of(fastest(of)!) : null;
  return {
    dModel,
    parameters: present.get("heed")?.parameters ?? 0,
    figures,
    ratio: ratio(speed),
    fasterPeer: fastest(speed) ?? null,
    ratioByCoreSecond: ratio(byCore),
    quiet: [...present.values()].every(({ coresBusy, settings }) => coresBusy > QUIET * (settings.threads as number)),
    dropoutCost:
      present.has("heed") && present.has("heedWithoutDropout")
        ? byCore("heedWithoutDropout") / byCore("heed") - 1
        : null,
  };
}

function figuresOf(outcome: Outcome, { tokens, flops }: { readonly tokens: number; readonly flops: number }): Figures {
  const { name, parameters, versions, settings, passes, peakBytes, sgemmFlops, warmUpSeconds, check, differences } =
    outcome;
  const seconds = passes.map((pass) => total(pass.seconds));
  const hostShares = passes.map((pass, i) => 1 - (pass.engineSeconds ?? 0) / seconds[i]!);
  return {
    name,
    parameters,
    versions,
    settings,
    tokensPerSecond: measured(seconds.map((time) => tokens / time)),
    tokensPerCoreSecond: measured(passes.map((pass) => tokens / pass.cpuSeconds)),
    coresBusy: median(passes.map((pass, i) => pass.cpuSeconds / seconds[i]!)),
    secondsPerStep: median(seconds) / passes[0]!.seconds.length,
    stepFlops: flops / median(seconds),
    sgemmFlops,
    peakBytes,
    warmUpSeconds,
    check,
    differences,
    ...(passes[0]!.engineSeconds !== undefined && { hostShare: median(hostShares) }),
  };
}

export function formatSize(report: SizeReport): string {
  const { dModel, parameters, figures, ratio, ratioByCoreSecond, fasterPeer, quiet, dropoutCost } = report;
  const head = [
    "",
    "tokens/s",
    "spread",
    "per core-s",
    "cores busy",
    "ms/step",
    "GFLOP/s",
    "sgemm",
    "peak MiB",
    "warm-up s",
    "outside engine",
  ];
  const rows = figures.flatMap((figure) => ("absent" in figure ? [] : [row(figure)]));
  const absent = figures.flatMap((figure) =>
    "absent" in figure ? [`${titles[figure.name]}: absent: ${figure.absent}`] : [],
  );
  const verdict =
    ratio === null
      ? "no ratio: a side is absent"
      : `Heed / ${titles[fasterPeer!]}: ${ratio.toFixed(2)}×, by core-second ${ratioByCoreSecond!.toFixed(2)}×`;
  const warning = quiet ? [] : ["Others were using the machine: the ratio is noise, and needs a quiet one."];
  const dropout = dropoutCost === null ? "" : `; dropout costs ${percent(dropoutCost)} of a step without it`;
  const title = `d = ${dModel}, ${digits(parameters / 1e6)}M parameters`;
  return [title, formatTable([head, ...rows]), ...absent, verdict + dropout, ...warning].join("\n");
}

function row(figures: Figures): string[] {
  const { name, tokensPerSecond, tokensPerCoreSecond, coresBusy, secondsPerStep, warmUpSeconds, hostShare } = figures;
  return [
    titles[name],
    digits(tokensPerSecond.median),
    percent(tokensPerSecond.spread),
    digits(tokensPerCoreSecond.median),
    digits(coresBusy),
    digits(secondsPerStep * 1000),
    digits(figures.stepFlops / 1e9),
    digits(figures.sgemmFlops / 1e9),
    digits(figures.peakBytes / 2 ** 20),
    digits(warmUpSeconds),
    hostShare === undefined ? "" : percent(hostShare),
  ];
}
