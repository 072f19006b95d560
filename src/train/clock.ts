/** How many steps back the speed is measured. */
const WINDOW = 50;

/** Measures time spent training, and speed over the last steps. */
export class Clock {
  readonly #steps: { seconds: number; tokens: number }[] = [];
  #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get seconds(): number {
    return this.#seconds;
  }

  /** Counts a step that took so many milliseconds. */
  count(milliseconds: number, tokens: number): void {
    const seconds = milliseconds / 1000;
    this.#seconds += seconds;
    this.#steps.push({ seconds, tokens });
    if (this.#steps.length > WINDOW) this.#steps.shift();
  }

  get tokensPerSecond(): number {
    return this.#sum("tokens") / this.#sum("seconds");
  }

  get secondsPerStep(): number {
    return this.#sum("seconds") / this.#steps.length;
  }

  #sum(key: "seconds" | "tokens"): number {
    return this.#steps.reduce((sum, step) => sum + step[key], 0);
  }
}
