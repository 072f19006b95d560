import { HeedError } from "../error.ts";
import { pacer } from "../pacer.ts";

/** Lines handled together when so many are there: enough that batches of similar length can be made of them. */
const MOST_LINES = 512;

/**
 * Handles lines in batches of those that are there already, and gives one result a line, in order. It never waits for a
 * line that is not there yet while it has others. Where a line is wrong, those before it still have their results.
 *
 * @param handle Handles a batch, whose first line has that number, counted from 1.
 */
export async function* handleLines<R>(
  lines: AsyncIterable<string> | Iterable<string>,
  handle: (batch: readonly string[], firstLine: number) => Promise<readonly R[]>,
): AsyncGenerator<R, void, undefined> {
  let firstLine = 1;
  for await (const batch of availableBatches(lines, MOST_LINES)) {
    let results: readonly R[];
    try {
      results = await handle(batch, firstLine);
    } catch (error) {
      const good = lineOf(error) - firstLine;
      if (good > 0 && good < batch.length) yield* await handle(batch.slice(0, good), firstLine);
      throw error;
    }
    yield* results;
    firstLine += batch.length;
  }
}

/** The line that an error is about; 0 where it is about none. */
const lineOf = (error: unknown): number => (error instanceof HeedError && error.line) || 0;

async function* availableBatches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  most: number,
): AsyncGenerator<T[], void, undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let next = Promise.resolve(iterator.next());
  try {
    for (let result = await next; !result.done; result = await next) {
      const batch: T[] = [];
      for (let ready: IteratorResult<T> | undefined = result; ready !== undefined && !ready.done; ) {
        batch.push(ready.value);
        next = Promise.resolve(iterator.next());
        // A failure waits until the items before it are handled: `await next` above throws it.
        const item = next.catch(() => undefined);
        ready = batch.length < most ? await Promise.race([item, pacer.rest().then(() => undefined)]) : undefined;
      }
      yield batch;
    }
  } finally {
    // Not awaited: the source may be waiting for a line that never comes.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
