import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HeedError } from "../src/error.ts";
import { type Benchmark, count, type OptionValues, type Report } from "./benchmark.ts";
import { requireFreshBuild } from "./build.ts";
import { measured, median } from "./statistics.ts";
import { digits, formatTable, percent } from "./table.ts";

const script = fileURLToPath(new URL("peers/decode-build.mjs", import.meta.url));
const own = fileURLToPath(new URL("../dist", import.meta.url));

/** Milliseconds by setting. */
type Times = Readonly<Record<string, number>>;

export const builds: Benchmark = {
  name: "builds",
  summary: "decoding by this build beside an earlier one: random weights, d = 128, 4 + 4 layers, 30 tokens",
  options: {
    before: { type: "string", help: "The `dist` of the earlier build." },
    rounds: {
      type: "string",
      default: "6",
      help: "Processes of each build, in turn, first the one and then the other.",
    },
  },
  run,
};

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  requireFreshBuild();
  const before = resolve(String(values.before ?? ""));
  if (values.before === undefined || !existsSync(join(before, "generate/index.js"))) {
    throw new HeedError("USAGE", "Name the dist folder of an earlier build: --before ../earlier/dist");
  }
  const forms = [];
  for (const normalizeBefore of [false, true]) {
    const times = new Map<string, Times[]>([before, own].map((dist) => [dist, []]));
    for (let round = 0; round < count(values, "rounds"); round++) {
      log(`${normalizeBefore ? "pre" : "post"}-norm, round ${round + 1}`);
      for (const dist of round % 2 === 0 ? [before, own] : [own, before]) {
        const { stdout } = await promisify(execFile)(process.execPath, [script, dist, String(normalizeBefore)]);
        times.get(dist)!.push(JSON.parse(stdout) as Times);
      }
    }
    forms.push(...compared(times.get(before)!, times.get(own)!, normalizeBefore ? "pre-norm" : "post-norm"));
  }
  const rows = forms.map(({ form, setting, ratio, spread }) => [form, setting, digits(ratio), percent(spread)]);
  return { json: { settings: forms }, text: formatTable([["", "", "before / now", "spread of now"], ...rows]) };
}

/** How many times as fast this build is, by setting. */
function compared(before: readonly Times[], now: readonly Times[], form: string) {
  return Object.keys(now[0]!).map((setting) => {
    const of = (all: readonly Times[]) => all.map((times) => times[setting]!);
    return { form, setting, ratio: median(of(before)) / median(of(now)), spread: measured(of(now)).spread };
  });
}
