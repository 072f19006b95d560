import { HeedError } from "../error.ts";

/**
 * Yields what `work` tells while it is on, whether or not that is read, and returns its result. Leaving the loop aborts
 * the signal that it was given, and waits for its end.
 */
export async function* told<E, R>(
  work: (tell: (event: E) => void, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal | undefined,
): AsyncGenerator<E, R, undefined> {
  const events = new EventQueue<E>();
  const left = new AbortController();
  const either = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
  const result = work((event) => events.push(event), either).finally(() => events.close());
  result.catch(() => {}); // Thrown below, after the events that came before it.
  try {
    yield* events;
    return await result;
  } finally {
    left.abort();
    await result.catch((error: unknown) => {
      if (!(error instanceof HeedError && error.code === "ABORTED")) throw error;
    });
  }
}

/** Events that wait for their reader: the writer never waits, however slow the reader is. */
export class EventQueue<T> implements AsyncIterable<T> {
  #events: T[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  push(event: T): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** Ends the iteration after the events that wait. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
