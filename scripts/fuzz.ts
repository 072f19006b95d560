/**
 * Mutates files and reads them, many times over: no reader may fail otherwise than by a HeedError, hang, or take memory
 * beyond a small multiple of the file. Each reader is in a process of its own with little memory, which is watched.
 *
 * `npx tsx scripts/fuzz.ts [--cases N] [--seed S] [--reader NAME]`
 *
 * The first finding ends the run with exit code 1, and says how to see it again: `--reader NAME --seed S --case NUMBER`,
 * where `--save FILE` keeps the mutated file.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededDraw } from "../test/fuzz/draw.ts";
import { mutated } from "../test/fuzz/target.ts";
import { targets } from "../test/fuzz/targets/index.ts";
import { type FuzzReport, type FuzzTask, MAX_BYTES } from "./fuzz-reader.ts";

/** Mebibytes of the JavaScript heap for a process that reads files of up to 1 MiB; the program takes some 30 of them. */
const HEAP = 96;
/** Seconds without a new case after which a process counts as hanging, however busy the machine is. */
const PATIENCE = 300;

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "30000" },
    seed: { type: "string", default: "1" },
    reader: { type: "string" },
    case: { type: "string" },
    save: { type: "string" },
  },
});

const seed = Number(values.seed);
const [from, to] =
  values.case === undefined ? [0, Number(values.cases)] : [Number(values.case), Number(values.case) + 1];
const chosen = targets.filter(({ name }) => values.reader === undefined || name === values.reader);
if (chosen.length === 0) {
  throw new Error(
    `There is no reader "${values.reader}". Choose one of ${targets.map(({ name }) => name).join(", ")}.`,
  );
}
if (values.save !== undefined) {
  writeFileSync(values.save, mutated(chosen[0]!, seededDraw(seed, chosen[0]!.name, from), MAX_BYTES));
}

const rows = [["reader", "cases", "read", "refused", "largest file", "slowest case", "heap"]];
for (const { name } of chosen) {
  const report = await fuzz({ reader: name, seed, from, to });
  rows.push(rowOf(name, report));
  if (report.finding === undefined) continue;
  const { number, what } = report.finding;
  const again = `npx tsx scripts/fuzz.ts --reader ${name} --seed ${seed} --case ${number}`;
  console.error(`\n${name}, case ${number}: ${what}\nTo see it again: ${again}\n`);
  process.exitCode = 1;
  break;
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
for (const row of rows) console.log(row.map((cell, column) => cell.padStart(widths[column]!)).join("  "));

function rowOf(name: string, { cases, read, largest, slowest, heap }: FuzzReport): string[] {
  const sizes = [`${(largest / 2 ** 10).toFixed(0)} KiB`, `${slowest.toFixed(2)} s`];
  return [...[name, cases, read, cases - read].map(String), ...sizes, `${(heap / 2 ** 20).toFixed(0)} MiB`];
}

/** Runs the cases of one reader, with a folder for its files. */
async function fuzz(task: Omit<FuzzTask, "folder">): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), "heed-fuzz-"));
  try {
    return await watch({ ...task, folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts the process of a reader and waits for its report; a crash and a hang are findings, at the case it had begun. */
async function watch(task: FuzzTask): Promise<FuzzReport> {
  const marker = join(task.folder, "case");
  writeFileSync(marker, String(task.from));
  const child = fork(join(import.meta.dirname, "fuzz-reader.ts"), [JSON.stringify(task)], {
    execArgv: [...process.execArgv, `--max-old-space-size=${HEAP}`],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let report: FuzzReport | undefined;
  child.on("message", (message) => {
    report = message as FuzzReport;
  });
  let said = "";
  child.stderr!.on("data", (text) => {
    said = (said + text).slice(-4000);
  });
  let [number, since, hangs] = [-1, 0, false];
  const timer = setInterval(() => {
    const current = Number(readFileSync(marker, "utf8"));
    if (current !== number) since = Date.now();
    number = current;
    console.log(`${task.reader}: ${number - task.from} of ${task.to - task.from} cases`);
    hangs = Date.now() - since > PATIENCE * 1000;
    if (hangs) child.kill("SIGKILL");
  }, 10_000);
  const [code, signal] = await once(child, "exit");
  clearInterval(timer);
  if (report !== undefined) return report;
  const what = hangs ? `it takes longer than ${PATIENCE} s` : `the process ends with ${signal ?? code}\n${said}`;
  const finding = { number: Number(readFileSync(marker, "utf8")), what };
  return { cases: 0, read: 0, largest: 0, slowest: 0, heap: 0, finding };
}
