/**
 * Kills trainings at random moments, the writing of checkpoints included, and compares what they come to with one that
 * was never stopped: `npx tsx scripts/kill-resume.ts --rounds 50 [--seed 7]`. Exits with 1 at the first difference. With
 * HEED_BUILT=1 it runs what `npm run build` has made, not the source.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../src/data/random.ts";
import { smallRecipe } from "../test/translation/small-recipe.ts";
import { Command, runCommand } from "./kill-resume/command.ts";
import { checkpointsOf, difference, pointersOf, savingTraces, visibleCheckpoints } from "./kill-resume/folders.ts";
import { drawMoment, type Extent, killAt, type Moment, momentText } from "./kill-resume/moments.ts";

const KEEP = 3;
/** How often a training is killed at most before it may come to its end. */
const KILLS = 3;
const SAVE_EVERY = 2;
const settings = {
  maxSteps: 30,
  evaluateEvery: 10,
  saveEvery: SAVE_EVERY,
  keepCheckpoints: KEEP,
  averageLast: KEEP,
  validationBleu: 2,
};

class Difference extends Error {}

function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Difference(message);
}

/** What is trained, and what is expected of it. */
interface Bench {
  readonly recipe: string;
  /** A run that was never stopped. */
  readonly whole: string;
  /** The same with all its checkpoints. */
  readonly every: string;
  readonly extent: Extent;
}

interface Kill {
  readonly moment: Moment;
  readonly saving: boolean;
}

async function prepare(folder: string): Promise<Bench> {
  const recipe = smallRecipe(folder, settings);
  const paths = { recipe: join(folder, "recipe.yaml"), every: join(folder, "every"), whole: join(folder, "whole") };
  writeFileSync(
    join(folder, "every.yaml"),
    JSON.stringify({ ...recipe, train: { ...recipe.train, keepCheckpoints: 999 } }),
  );
  writeFileSync(paths.recipe, JSON.stringify(recipe));
  await finish(["train", join(folder, "every.yaml"), "--out", paths.every]);
  const began = performance.now();
  await finish(["train", paths.recipe, "--out", paths.whole]);
  const length = performance.now() - began;
  for (const name of visibleCheckpoints(paths.whole)) demandSame(paths.whole, paths.every, name);
  console.log("Two trainings with the same seed: the same numbers to the bit.");
  return { ...paths, extent: { length, saves: settings.maxSteps / SAVE_EVERY } };
}

async function finish(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(...args);
  demand(code === 0, `heed ${args.join(" ")} ended with ${code}:\n${stderr}`);
}

/** A run that holds its recipe is resumed; one that was killed before that begins anew. */
const trainArgs = (run: string, { recipe }: Bench): string[] =>
  existsSync(join(run, "recipe.json")) ? ["train", run, "--resume"] : ["train", recipe, "--out", run];

/** Trains until a moment. Undefined where the training came to its end before. */
async function trainUntil(moment: Moment, run: string, bench: Bench): Promise<Kill | undefined> {
  const before = savingTraces(run, KEEP);
  const command = new Command(trainArgs(run, bench));
  await killAt(command, run, moment);
  const { code, signal, stderr } = await command.ended;
  demand(signal === "SIGKILL" || code === 0, `Training in ${run} ended with ${code}:\n${stderr}`);
  return signal === null
    ? undefined
    : { moment, saving: savingTraces(run, KEEP).some((name) => !before.includes(name)) };
}

/** What a kill left: every checkpoint that can be seen is whole, and the run opens if it has named one. */
async function checkLeft(run: string, { every }: Bench): Promise<void> {
  for (const name of visibleCheckpoints(run)) demandSame(run, every, name);
  const named = pointersOf(run);
  const { code, stdout, stderr } = await runCommand("translate", "--model", run, "He sees the red house.");
  if (named !== undefined) return demand(code === 0 && stdout.trim() !== "", `${run} does not translate:\n${stderr}`);
  demand(
    code === 1 && /^error: .*(holds no model|no such folder)/m.test(stderr),
    `${run}, without a model:\n${stderr}`,
  );
}

function demandSame(run: string, expected: string, name: string): void {
  const found = difference(join(checkpointsOf(run), name), join(checkpointsOf(expected), name));
  demand(found === undefined, `${found}`);
}

async function playRound(run: string, below: (n: number) => number, bench: Bench, aimed: boolean): Promise<Kill[]> {
  const kills: Kill[] = [];
  const planned = 1 + below(KILLS);
  while (kills.length < planned) {
    const kill = await trainUntil(drawMoment(below, aimed, bench.extent), run, bench);
    if (kill !== undefined) {
      kills.push(kill);
      await checkLeft(run, bench);
    } else if (kills.length > 0) break;
    else rmSync(run, { recursive: true });
  }
  await finish(trainArgs(run, bench));
  const found = difference(run, bench.whole);
  demand(found === undefined, `After ${killsText(kills)}: ${found}`);
  return kills;
}

const killsText = (kills: readonly Kill[]): string =>
  kills.map(({ moment, saving }) => `${momentText(moment)}${saving ? " (saving)" : ""}`).join(", ");

async function main(folder: string, rounds: number, seed: number): Promise<void> {
  console.log(`Seed ${seed}`);
  const bench = await prepare(folder);
  const all: Kill[] = [];
  for (let round = 1; round <= rounds; round++) {
    const run = join(folder, `round-${round}`);
    const kills = await playRound(run, createRandom(seed, round), bench, round % 2 === 1);
    all.push(...kills);
    console.log(`Round ${round}: killed ${killsText(kills)}: the same to the bit`);
    rmSync(run, { recursive: true });
  }
  const saving = all.filter(({ saving }) => saving).length;
  console.log(`${rounds} rounds, ${all.length} kills: ${saving} during a save, ${all.length - saving} elsewhere.`);
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "50" }, seed: { type: "string" } } });
const rounds = Number(values.rounds);
if (!(Number.isInteger(rounds) && rounds > 0))
  throw new Error(`--rounds must be a whole number from 1, not ${values.rounds}.`);
const folder = mkdtempSync(join(tmpdir(), "heed-kill-resume-"));
try {
  await main(folder, rounds, Number(values.seed ?? Date.now() % 2 ** 31));
  rmSync(folder, { recursive: true });
} catch (error) {
  if (!(error instanceof Difference)) throw error;
  console.error(`${error.message}\nEverything is kept in ${folder}.`);
  process.exitCode = 1;
}
