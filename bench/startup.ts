import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { resolveModelFolder } from "../src/hub/run-folder.ts";
import { type Benchmark, count, type OptionValues, type Report } from "./benchmark.ts";
import { requireFreshBuild } from "./build.ts";
import { measured, median } from "./statistics.ts";
import { digits, formatTable, percent } from "./table.ts";

const TEXT = "A man in a blue shirt is standing on a ladder.";
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const phasesScript = fileURLToPath(new URL("peers/startup-heed.mjs", import.meta.url));

export const startup: Benchmark = {
  name: "startup",
  summary: "from the command to the first translation, and to its help, on a warm disk",
  options: {
    model: { type: "string", default: "runs/multi30k-en-de", help: "A run, or the folder of a checkpoint." },
    rounds: { type: "string", default: "15", help: "How often each command runs, in turn." },
  },
  run,
};

/** The phases of a first translation, in milliseconds. */
interface Phases {
  /** Node.js itself. */
  readonly boot: number;
  /** Reading and compiling the library's modules: the command's are bundled and take less. */
  readonly modules: number;
  /** Weights, config and tokenizer. */
  readonly load: number;
  /** Tracing, lowering and loading the programs. */
  readonly sessions: number;
  readonly decode: number;
}

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  requireFreshBuild();
  const model = await resolveModelFolder(resolve(String(values.model)));
  const rounds = count(values, "rounds");
  const commands = { "heed --help": ["--help"], "heed translate": ["translate", "--model", model, TEXT] };
  const seconds = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  const phases: Phases[] = [];
  for (let round = 0; round < rounds; round++) {
    log(`round ${round + 1}`);
    for (const [name, args] of Object.entries(commands)) {
      const start = performance.now();
      await promisify(execFile)(process.execPath, [cli, ...args]);
      seconds.get(name)!.push((performance.now() - start) / 1000);
    }
    const { stdout } = await promisify(execFile)(process.execPath, [phasesScript, model, TEXT]);
    phases.push(JSON.parse(stdout) as Phases);
  }
  const times = [...seconds].map(([name, all]) => ({ name, seconds: measured(all) }));
  const split = Object.fromEntries(
    (Object.keys(phases[0]!) as (keyof Phases)[]).map((phase) => [phase, median(phases.map((all) => all[phase]))]),
  );
  const rows = times.map(({ name, seconds: { median: middle, spread } }) => [name, digits(middle), percent(spread)]);
  const parts = Object.entries(split).map(([phase, milliseconds]) => [phase, digits(milliseconds)]);
  const tables = [
    formatTable([["", "s", "spread"], ...rows]),
    formatTable([["phase, its modules one by one, not bundled", "ms"], ...parts]),
  ];
  return { json: { times, phases: split }, text: tables.join("\n\n") };
}
