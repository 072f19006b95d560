import { fileURLToPath } from "node:url";
import { Peer } from "../peer.ts";
import { median, total } from "../statistics.ts";
import type { PointJob, Repetitions } from "./jobs.ts";

/** One point of a curve on a model. */
export interface Measured extends PointJob {
  /** Of one training step, or of decoding one batch. */
  readonly secondsEach: number;
  readonly coresBusy: number;
  readonly peakBytes: number;
}

/** Measures in a process of its own, so that peaks of memory are separate. */
export async function measure(what: "train" | "decode", job: PointJob): Promise<Measured> {
  const peer = growthPeer("growth-heed.ts");
  try {
    const { seconds, cpuSeconds, peakBytes } = await peer.ask<Repetitions>(what, job);
    return { ...job, secondsEach: median(seconds), coresBusy: cpuSeconds / total(seconds), peakBytes };
  } finally {
    peer.close();
  }
}

/** @param script A file of bench/peers. */
export function growthPeer(script: string, ...args: readonly string[]): Peer {
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  return new Peer("Heed", [process.execPath, "--import", import.meta.resolve("tsx"), path, ...args]);
}
