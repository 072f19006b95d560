/**
 * Counts the requests that a worker thread has not yet answered, in memory that both threads see.
 *
 * To end a thread while the native engine runs in it would end the whole process by an uncaught C++ exception. Before
 * the process exits (a call of `process.exit`, an uncaught error) it therefore waits for what is under way.
 */
export class Tasks {
  readonly memory: SharedArrayBuffer;
  readonly #count: Int32Array;

  constructor(memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#count = new Int32Array(memory);
  }

  begin(): void {
    Atomics.add(this.#count, 0, 1);
  }

  end(): void {
    Atomics.sub(this.#count, 0, 1);
    Atomics.notify(this.#count, 0);
  }

  /** Blocks this thread until there are none, for so many milliseconds at most. */
  wait(milliseconds: number): void {
    const deadline = performance.now() + milliseconds;
    for (let count = Atomics.load(this.#count, 0); count > 0; count = Atomics.load(this.#count, 0)) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      Atomics.wait(this.#count, 0, count, left);
    }
  }
}
