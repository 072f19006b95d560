import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId, Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { lockRun } from "../../src/translation/run-lock.ts";
import { heedError } from "../hub/errors.ts";
import { temporaryFolder } from "./small.ts";

const RACERS = 4;
const script = fileURLToPath(new URL("lock-racer.ts", import.meta.url));

/** What a child says next. */
function word(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("A racer has ended."));
    child.once("exit", onExit);
    child.once("message", (text) => {
      child.off("exit", onExit);
      resolve(String(text));
    });
  });
}

async function startRacer(folder: string): Promise<ChildProcess> {
  const child = fork(script, [folder], { execArgv: ["--import", "tsx"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  expect(await word(child)).toBe("ready");
  return child;
}

/** Says a word to all at once, and gives their answers. */
async function ask(children: readonly ChildProcess[], text: string): Promise<string[]> {
  const answers = children.map(word);
  for (const child of children) child.send(text);
  return Promise.all(answers);
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const locks = (folder: string) => readdirSync(folder).filter((name) => name.startsWith("training.lock"));

/** What locks say of where numbers of processes mean what they mean here. */
async function placeOfLocks(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "heed-"));
  const lock = await lockRun(folder);
  const [name] = locks(folder);
  await lock[Symbol.asyncDispose]();
  rmdirSync(folder);
  return name!.split("@")[1]!;
}
const here = await placeOfLocks();

function plantLock(folder: string, process: number, place = here): string {
  const path = join(folder, `training.lock.${process}.${threadId}.0123456789ab@${place}`);
  writeFileSync(path, "held\n");
  return path;
}

function silent(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

/** The number of a process that has ended. */
const dead = spawnSync(process.execPath, ["--version"]).pid;

/** A process that was killed, and whose parent does not ask for its end. */
async function zombie(): Promise<number> {
  const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [text] = await once(parent.stdout!, "data");
  const id = Number(text);
  // Before that it is a shell, which may ask.
  await vi.waitUntil(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n");
  process.kill(id, "SIGKILL");
  await vi.waitUntil(() => readFileSync(`/proc/${id}/stat`, "utf8").includes(") Z"));
  return id;
}

describe("the lock of a run", () => {
  it("is had by exactly one of several processes that want it at the same moment", async () => {
    const folder = temporaryFolder();
    const racers = await Promise.all(Array.from({ length: RACERS }, () => startRacer(folder)));
    for (let round = 0; round < 60; round++) {
      // Of every other round: that of a dead process, which all of them find.
      if (round % 2 === 0) plantLock(folder, dead);
      const outcomes = await ask(racers, "race");
      expect(outcomes.toSorted(), `round ${round}`).toEqual(["refused", "refused", "refused", "taken"]);
      expect(locks(folder)).toHaveLength(1);
      if (round % 20 === 19) {
        const winner = outcomes.indexOf("taken");
        await kill(racers[winner]!);
        racers[winner] = await startRacer(folder);
        await ask(racers.toSpliced(winner, 1), "release");
      } else {
        await ask(racers, "release");
        expect(locks(folder)).toEqual([]);
      }
    }
  });

  it("is had by one of several in one process", async () => {
    const folder = temporaryFolder();
    const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => lockRun(folder)));
    const taken = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    expect(taken).toHaveLength(1);
    const error = await heedError(() => lockRun(folder), "RUN_IN_USE");
    expect(error.message).toContain(`process ${process.pid} on ${hostname()}`);
    await taken[0]![Symbol.asyncDispose]();
    expect(locks(folder)).toEqual([]);
  });

  it("is left to another thread of the process", async () => {
    const folder = temporaryFolder();
    const other = new Worker(new URL("lock-holder.mjs", import.meta.url), { workerData: folder });
    onTestFinished(async () => void (await other.terminate()));
    expect(await once(other, "message")).toEqual(["taken"]);
    await heedError(() => lockRun(folder), "RUN_IN_USE");
    other.postMessage("release");
    expect(await once(other, "message")).toEqual(["released"]);
    await using _lock = await lockRun(folder);
    expect(locks(folder)).toHaveLength(1);
  });

  it("is taken over from what is dead, also from one of the same number before", async () => {
    const folder = temporaryFolder();
    for (const id of [dead, process.pid]) {
      plantLock(folder, id);
      await using _lock = await lockRun(folder);
      expect(locks(folder)).toHaveLength(1);
    }
  });

  it.runIf(process.platform === "linux")("is taken over from a killed process that still has its number", async () => {
    const folder = temporaryFolder();
    plantLock(folder, await zombie());
    await using _lock = await lockRun(folder);
    expect(locks(folder)).toHaveLength(1);
  });

  it("is left to another machine or container until that has been silent for a minute", async () => {
    for (const place of ["elsewhere", `${here}0`]) {
      const folder = temporaryFolder();
      const path = plantLock(folder, process.pid, place);
      silent(path, 50);
      await heedError(() => lockRun(folder), "RUN_IN_USE");
      silent(path, 70);
      await using _lock = await lockRun(folder);
      expect(locks(folder)).toHaveLength(1);
    }
  });

  it("says every few seconds that it is held", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const folder = temporaryFolder();
    await using _lock = await lockRun(folder);
    const path = join(folder, locks(folder)[0]!);
    const age = () => Date.now() - statSync(path).mtimeMs;
    silent(path, 70);
    vi.advanceTimersByTime(10_000);
    await vi.waitUntil(() => age() < 50_000);
  });

  it("is left to another machine, and says what to remove if nobody is there", async () => {
    const folder = temporaryFolder();
    const path = plantLock(folder, 1, "elsewhere");
    const error = await heedError(() => lockRun(folder), "RUN_IN_USE");
    expect(error.message).toContain("process 1 on elsewhere");
    expect(error.message).toContain(`remove ${path}`);
    expect(readdirSync(folder)).toEqual([path.slice(folder.length + 1)]);
  });
});
