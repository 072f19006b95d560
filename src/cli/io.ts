import type { Readable, Writable } from "node:stream";
import { HeedError } from "../error.ts";
import { fold } from "./show/fold.ts";

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command has of the world: its streams, the environment, signals and the end of the process. */
export interface Io {
  readonly stdin: Readable;
  /** For results. */
  readonly stdout: OutputStream;
  /** For progress and errors. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  onSignal(signal: "SIGINT" | "SIGTERM", listener: () => void): void;
  offSignal(signal: "SIGINT" | "SIGTERM", listener: () => void): void;
  exit(code: number): void;
  /** Ends the process this instant, whatever it is doing: nothing saved can be lost by that. */
  kill(): void;
}

/** Ends a command with an exit code; all there was to say has been said. */
export class Exit extends Error {
  override readonly name = "Exit";
  readonly code: number;

  constructor(code: number) {
    super(`Exit with code ${code}`);
    this.code = code;
  }
}

/** The streams of this process. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  // A closed pipe also fails the write that met it, where it is handled.
  for (const stream of [stdout, stderr]) stream.on("error", () => undefined);
  return {
    stdin,
    stdout,
    stderr,
    env,
    onSignal: (signal, listener) => void process.on(signal, listener),
    offSignal: (signal, listener) => void process.off(signal, listener),
    exit: (code) => process.exit(code),
    kill: () => void process.kill(process.pid, "SIGKILL"),
  };
}

/**
 * Writes a result and waits until it is out, so that each is there as soon as it is ready and memory stays bounded.
 *
 * @throws Exit 0 where the reader has closed the pipe (`| head`): it has what it wanted
 * @throws HeedError FILE_UNWRITABLE where the output cannot be written, say because the disk is full
 */
export function print(io: Io, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    io.stdout.write(text, (error) => {
      if (!error) return resolve();
      const closed = ["EPIPE", "EOF", "ERR_STREAM_DESTROYED"].includes((error as NodeJS.ErrnoException).code ?? "");
      const message = `The output cannot be written: ${error.message}.`;
      reject(closed ? new Exit(0) : new HeedError("FILE_UNWRITABLE", message, { cause: error }));
    });
  });
}

/** Writes a result as a line. */
export const printLine = (io: Io, line: string): Promise<void> => print(io, `${line}\n`);

/** Writes a result as one JSON value a line. */
export const printJson = (io: Io, value: unknown): Promise<void> => printLine(io, JSON.stringify(value));

/** Waits until all that was written to a stream is out, or cannot be. */
export function flushed(stream: OutputStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

/** Says something that is no result, in lines that fit the terminal. */
export function say(io: Io, text: string): void {
  io.stderr.write(`${folded(io.stderr, text)}\n`);
}

/** The columns of a terminal; infinite for what is none, or does not know. */
export const widthOf = ({ columns }: OutputStream): number => columns || Number.POSITIVE_INFINITY;

/** A text for people as a stream has room for it. */
export const folded = (stream: OutputStream, text: string): string => fold(text, widthOf(stream)).join("\n");
