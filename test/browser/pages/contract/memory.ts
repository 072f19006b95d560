declare global {
  /** Given to the page by the test, which sees all processes of the browser. */
  function browserMemory(): Promise<number>;
}

/** The resident memory of the browser in bytes, after garbage was collected. */
export function settledMemory(): Promise<number> {
  return browserMemory();
}
