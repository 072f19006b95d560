import { PassThrough, Readable, type Writable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { run } from "../../src/cli/run.ts";

/** Streams in memory that stand for those of a process. */
export class MemoryIo implements Io {
  readonly stdin: Readable;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly env: Record<string, string | undefined> = {};
  readonly exits: number[] = [];
  kills = 0;
  readonly #listeners = { SIGINT: new Set<() => void>(), SIGTERM: new Set<() => void>() };

  constructor(stdin: string | Uint8Array = "") {
    this.stdin = Readable.from([Buffer.from(stdin)]);
    this.stdout.resume();
    this.stderr.resume();
    for (const stream of [this.stdout, this.stderr]) stream.on("data", (chunk) => this.#note(stream, chunk));
  }

  readonly #texts = new Map<Writable, string>();

  #note(stream: Writable, chunk: Buffer): void {
    this.#texts.set(stream, (this.#texts.get(stream) ?? "") + chunk.toString());
  }

  get out(): string {
    return this.#texts.get(this.stdout) ?? "";
  }

  get err(): string {
    return this.#texts.get(this.stderr) ?? "";
  }

  onSignal(signal: "SIGINT" | "SIGTERM", listener: () => void): void {
    this.#listeners[signal].add(listener);
  }

  offSignal(signal: "SIGINT" | "SIGTERM", listener: () => void): void {
    this.#listeners[signal].delete(listener);
  }

  /** Sends a signal, as a terminal would. */
  signal(signal: "SIGINT" | "SIGTERM"): void {
    for (const listener of this.#listeners[signal]) listener();
  }

  get listeners(): number {
    return this.#listeners.SIGINT.size + this.#listeners.SIGTERM.size;
  }

  kill(): void {
    this.kills++;
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `heed` with these arguments in this process. */
export async function heed(args: readonly string[], stdin?: string | Uint8Array): Promise<Ran> {
  const io = new MemoryIo(stdin);
  const code = await run(args, io);
  await new Promise((resolve) => setImmediate(resolve));
  return { code, out: io.out, err: io.err };
}
