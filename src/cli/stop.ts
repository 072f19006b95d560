import { HeedError } from "../error.ts";
import { Exit, type Io } from "./io.ts";

/** A terminal sends Ctrl-C to npm as well, which passes it on: two signals so close together are one. */
const SAME = 500;
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Does work that a signal stops: the first SIGINT or SIGTERM aborts it and lets it come to its end, a second one kills
 * the process: a proper exit would wait for the step that is being computed.
 *
 * @param announce Called at the first signal, to say what happens now.
 * @throws Exit 130 (SIGINT) or 143 (SIGTERM) after work that was stopped
 */
export async function untilStopped<T>(
  io: Io,
  announce: () => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let first: { readonly code: number; readonly at: number } | undefined;
  const stop = (signal: keyof typeof CODES) => () => {
    if (first === undefined) {
      first = { code: CODES[signal], at: performance.now() };
      announce();
      controller.abort();
    } else if (performance.now() - first.at > SAME) io.kill();
  };
  const listeners = { SIGINT: stop("SIGINT"), SIGTERM: stop("SIGTERM") };
  io.onSignal("SIGINT", listeners.SIGINT);
  io.onSignal("SIGTERM", listeners.SIGTERM);
  try {
    const result = await work(controller.signal);
    if (first !== undefined) throw new Exit(first.code);
    return result;
  } catch (error) {
    // What was aborted before it began has nothing to save.
    if (first !== undefined && error instanceof HeedError && error.code === "ABORTED") throw new Exit(first.code);
    throw error;
  } finally {
    io.offSignal("SIGINT", listeners.SIGINT);
    io.offSignal("SIGTERM", listeners.SIGTERM);
  }
}
