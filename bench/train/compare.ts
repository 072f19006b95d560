import { HeedError } from "../../src/error.ts";
import { Peer } from "../peer.ts";
import { total } from "../statistics.ts";
import type { Candidate, CandidateName } from "./candidates.ts";

/** The losses and gradient norms of the first updates, without dropout. */
export interface Check {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
}

interface Description {
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly parameters: number;
}

/** One pass over all batches. */
export interface Pass {
  /** Of the step on each batch. */
  readonly seconds: readonly number[];
  /** Of all cores together. */
  readonly cpuSeconds: number;
  /** Seconds inside ONNX Runtime, where it is the engine. */
  readonly engineSeconds?: number;
}

/** The largest relative differences from the losses and gradient norms of the first candidate. */
export type Differences = { readonly [key in keyof Check]: number };

interface Prepared extends Description {
  readonly check: Check;
  readonly differences: Differences;
  /** Of the check and of the passes that are not timed: compiling is in them. */
  readonly warmUpSeconds: number;
}

export interface Outcome extends Prepared {
  readonly name: CandidateName;
  readonly passes: readonly Pass[];
  readonly peakBytes: number;
  readonly sgemmFlops: number;
}

/** A candidate without a figure, and why. */
export interface Absent {
  readonly name: CandidateName;
  readonly absent: string;
}

type Log = (line: string) => void;

/**
 * Relative. All compute in float32, in different orders; Adam's first update is little but the sign of a gradient, so that
 * where one is nearly 0 its rounding shows in later ones.
 */
const tolerance = { losses: 1e-4, gradientNorms: 1e-3 } as const;
const WARM_UP_PASSES = 2;

/**
 * Runs all candidates in processes of their own, in turn, over the same batches. One that does not start, or whose first
 * updates differ from those of the first candidate, is not timed.
 */
export async function compare(
  candidates: readonly Candidate[],
  rounds: number,
  log: Log,
): Promise<(Outcome | Absent)[]> {
  const ready: { readonly peer: Peer; readonly prepared: Prepared; readonly passes: Pass[] }[] = [];
  const absent: Absent[] = [];
  try {
    for (const { name, command } of candidates) {
      if ("absent" in command) {
        absent.push({ name, ...command });
        continue;
      }
      log(`${name}: check and warm-up`);
      const peer = new Peer(name, command);
      try {
        ready.push({ peer, prepared: await prepare(peer, ready[0]?.prepared), passes: [] });
      } catch (error) {
        peer.close();
        absent.push({ name, absent: (error as Error).message });
      }
    }
    for (let turn = 0; turn < rounds * ready.length; turn++) {
      const round = Math.floor(turn / ready.length);
      const { peer, passes } = ready[(turn + round) % ready.length]!;
      const pass = await peer.ask<Pass>("run");
      log(`round ${round + 1}, ${peer.name}: ${total(pass.seconds).toFixed(2)} s`);
      passes.push(pass);
    }
    const outcomes: Outcome[] = [];
    for (const { peer, prepared, passes } of ready) {
      const end = await peer.ask<Pick<Outcome, "peakBytes" | "sgemmFlops">>("finish");
      outcomes.push({ name: peer.name as CandidateName, ...prepared, passes, ...end });
    }
    return [...outcomes, ...absent];
  } finally {
    for (const { peer } of ready) peer.close();
  }
}

async function prepare(peer: Peer, reference: Prepared | undefined): Promise<Prepared> {
  const start = performance.now();
  const description = await peer.ask<Description>("describe");
  const check = await peer.ask<Check>("check");
  if (reference !== undefined && description.parameters !== reference.parameters) {
    throw different(peer, `${description.parameters} parameters, not ${reference.parameters}`);
  }
  const differences = differencesOf(check, reference?.check ?? check);
  if (!(differences.losses <= tolerance.losses && differences.gradientNorms <= tolerance.gradientNorms)) {
    throw different(peer, `${JSON.stringify(check)}, not ${JSON.stringify(reference?.check)}`);
  }
  for (let pass = 0; pass < WARM_UP_PASSES; pass++) await peer.ask("run");
  return { ...description, check, differences, warmUpSeconds: (performance.now() - start) / 1000 };
}

function different(peer: Peer, what: string): HeedError {
  return new HeedError("RUNTIME_FAILED", `not the same model (${peer.name}): ${what}`);
}

function differencesOf(a: Check, b: Check): Differences {
  const largest = (key: keyof Check) => Math.max(...a[key].map((value, i) => Math.abs(value / b[key][i]! - 1)));
  return { losses: largest("losses"), gradientNorms: largest("gradientNorms") };
}
