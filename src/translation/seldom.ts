/** How often somebody who waits is told how far it is, in milliseconds. */
const INTERVAL = 500;

/** Calls a function so often at most, and not before that time has passed once. */
export function seldom<T>(tell: (value: T) => void): (value: T) => void {
  let last = performance.now();
  return (value) => {
    if (performance.now() - last < INTERVAL) return;
    last = performance.now();
    tell(value);
  };
}
