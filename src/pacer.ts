const SLICE_MS = 12;

let sliceStart = performance.now();
/** The last macrotask that is waited for: one for each who rests, so that they do not all go on in the same turn. */
let lastTurn: Promise<void> = Promise.resolve();

/**
 * Lets the event loop run between slices of long computations on the thread that calls it. The slice is that of the
 * thread, whoever used it up: many short computations in a row hold the loop as one long one would.
 */
export const pacer = {
  /** Whether the present slice (12 ms) is used up, so that `rest` should be awaited. */
  due(): boolean {
    return performance.now() - sliceStart >= SLICE_MS;
  },

  /** Waits for one macrotask: timers, input and messages get their turn. Then a new slice begins. */
  async rest(): Promise<void> {
    lastTurn = lastTurn.then(macrotask);
    await lastTurn;
    sliceStart = performance.now();
  },
};

/** `items.map(f)`, in slices. */
export async function paced<T, R>(items: readonly T[], f: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    if (pacer.due()) await pacer.rest();
    results.push(f(item, index));
  }
  return results;
}

/** A browser has no setImmediate, and delays nested timeouts by 4 ms each: there a message is the quickest macrotask. */
function macrotask(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
