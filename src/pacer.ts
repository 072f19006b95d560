const SLICE_MS = 12;

/** Lets the event loop run between slices of a long computation on the thread that calls it. */
export class Pacer {
  #start = performance.now();

  /** Whether the present slice (12 ms) is used up, so that `rest` should be awaited. */
  due(): boolean {
    return performance.now() - this.#start >= SLICE_MS;
  }

  /** Waits for one macrotask: timers, input and messages get their turn. Then a new slice begins. */
  async rest(): Promise<void> {
    await macrotask();
    this.#start = performance.now();
  }
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
