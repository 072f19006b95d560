/**
 * Runs tasks one after the other. An engine is not re-entrant, and what a call uses must not be released before the
 * call is over: releasing waits its turn too.
 */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
