import { HeedError } from "../../src/error.ts";
import { Peer } from "../peer.ts";
import type { Candidate, CandidateName } from "./candidates.ts";
import { batchesOf, type DecodeJob, type DecodePass, type Setting } from "./job.ts";

/** Each peer must find the same ids for this share of the sentences: else it decodes something else. */
const LEAST_EQUAL = 0.99;

export interface Description {
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What a candidate did with a setting: how long it took, or why it was not timed. */
export type Outcome = { readonly name: CandidateName } & (
  | { readonly passes: readonly Pick<DecodePass, "seconds" | "cpuSeconds">[]; readonly equal: number }
  | { readonly absent: string }
);

export interface Comparison extends Setting {
  readonly sentences: number;
  readonly outcomes: readonly Outcome[];
}

type Started = Candidate & { readonly peer: Peer; readonly description: Description };
type Log = (line: string) => void;

/** Starts all candidates, in processes of their own, and compares them in every setting. */
export async function compare(
  candidates: readonly Candidate[],
  job: DecodeJob,
  settings: readonly Setting[],
  rounds: number,
  log: Log,
) {
  const { started, absent } = await start(candidates, log);
  try {
    if (started[0]?.name !== "Heed") throw new HeedError("RUNTIME_FAILED", `Heed: ${JSON.stringify(absent)}`);
    const comparisons: Comparison[] = [];
    for (const setting of settings) {
      const able = started.filter(
        ({ beams, batchesOnly }) => (beams || setting.beams === 1) && (!batchesOnly || setting.batch > 1),
      );
      const { outcomes, sentences } = await compareIn(setting, able, job, rounds, log);
      comparisons.push({ ...setting, sentences, outcomes: [...outcomes, ...absent] });
    }
    return { descriptions: started.map(({ name, description }) => ({ name, ...description })), comparisons };
  } finally {
    for (const { peer } of started) peer.close();
  }
}

async function start(candidates: readonly Candidate[], log: Log) {
  const started: Started[] = [];
  const absent: Outcome[] = [];
  for (const candidate of candidates) {
    const { name, command } = candidate;
    if ("absent" in command) {
      absent.push({ name, ...command });
      continue;
    }
    log(`starting ${name}`);
    const peer = new Peer(name, command);
    try {
      started.push({ ...candidate, peer, description: await peer.ask<Description>("describe") });
    } catch (error) {
      peer.close();
      absent.push({ name, absent: (error as Error).message });
    }
  }
  return { started, absent };
}

/** A first pass warms up and shows whether all find the same; then the timed ones, the candidates in turn. */
async function compareIn(setting: Setting, able: readonly Started[], job: DecodeJob, rounds: number, log: Log) {
  const request = { beams: setting.beams, batches: batchesOf(job.sources, setting) };
  const sentences = request.batches.flat().length;
  const name = `beams ${setting.beams}, batch ${setting.batch}`;
  const outcomes: Outcome[] = [];
  const timed: { readonly peer: Peer; readonly passes: DecodePass[]; readonly equal: number }[] = [];
  let reference: DecodePass | undefined;
  for (const { peer } of able) {
    const first = await peer.ask<DecodePass>("decode", request);
    reference ??= first;
    const equal = share(first.ids, reference.ids);
    log(`${name}, ${peer.name}: ${first.seconds.toFixed(2)} s, ${(100 * equal).toFixed(1)}% equal`);
    if (equal >= LEAST_EQUAL) timed.push({ peer, passes: [], equal });
    else outcomes.push({ name: peer.name as CandidateName, absent: `only ${(100 * equal).toFixed(1)}% equal` });
  }
  for (let turn = 0; turn < rounds * timed.length; turn++) {
    const round = Math.floor(turn / timed.length);
    const { peer, passes } = timed[(turn + round) % timed.length]!;
    passes.push(await peer.ask<DecodePass>("decode", request));
  }
  for (const { peer, passes, equal } of timed) {
    const times = passes.map(({ seconds, cpuSeconds }) => ({ seconds, cpuSeconds }));
    outcomes.push({ name: peer.name as CandidateName, passes: times, equal });
  }
  return { outcomes, sentences };
}

function share(ids: DecodePass["ids"], reference: DecodePass["ids"]): number {
  const equal = ids.filter((row, i) => row.join() === reference[i]!.join());
  return equal.length / ids.length;
}
