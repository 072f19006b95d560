import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";

const root = dirname(dirname(import.meta.dirname));

/** How a command ended. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Node.js runs: the command as it was built, or its source. */
const entry = process.env.HEED_BUILT === "1" ? ["dist/cli.js"] : ["--import", "tsx", "src/cli/main.ts"];

/** A command of Heed in a process of its own, started as a user would. */
export class Command {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[]) {
    this.process = spawn(process.execPath, [...entry, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = this.#follow();
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async #follow(): Promise<Ended> {
    const exit = once(this.process, "exit");
    const [stdout, stderr] = await Promise.all([text(this.process.stdout!), text(this.process.stderr!)]);
    const [code, signal] = await exit;
    return { code, signal, stdout, stderr };
  }
}

/** Runs a command to its end. */
export const runCommand = (...args: readonly string[]): Promise<Ended> => new Command(args).ended;
