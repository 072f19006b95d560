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

  /** Null while no time has passed by the clock, which some browsers make coarse; as is `secondsPerStep`. */
  get tokensPerSecond(): number | null {
    const seconds = this.#sum("seconds");
    return seconds > 0 ? this.#sum("tokens") / seconds : null;
  }

  get secondsPerStep(): number | null {
    const seconds = this.#sum("seconds");
    return seconds > 0 ? seconds / this.#steps.length : null;
  }

  #sum(key: "seconds" | "tokens"): number {
    return this.#steps.reduce((sum, step) => sum + step[key], 0);
  }
}
