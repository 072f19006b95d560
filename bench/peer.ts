import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { HeedError } from "../src/error.ts";
import { peerEnvironment } from "./machine.ts";

/** A program that is measured, in a process of its own: one line of JSON asks, one line answers. */
export class Peer {
  readonly name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #errors = "";

  constructor(name: string, [command, ...args]: readonly [string, ...string[]]) {
    this.name = name;
    this.#process = spawn(command, args, { env: peerEnvironment() });
    this.#process.on("error", ({ message }) => {
      this.#errors += message;
    });
    this.#process.stdin.on("error", () => undefined);
    this.#process.stderr.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000);
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws HeedError "RUNTIME_FAILED" with the end of what the peer wrote, where it dies instead of answering. */
  async ask<T>(what: string, details: object = {}): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify({ do: what, ...details })}\n`);
    const { value, done } = await this.#answers.next();
    if (!done) return JSON.parse(value) as T;
    throw new HeedError("RUNTIME_FAILED", `${this.name} ended while asked to ${what}:\n${this.#errors.trim()}`);
  }

  /** Ends the process, whatever it does. */
  close(): void {
    this.#process.kill("SIGKILL");
  }
}

/** A peer's own side: answers requests from stdin by the handlers' results. */
export async function serve(handlers: Readonly<Record<string, (request: never) => Promise<object>>>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { readonly do: string };
    process.stdout.write(`${JSON.stringify(await handlers[request.do]!(request as never))}\n`);
  }
}
