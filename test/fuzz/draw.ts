import { createRandom } from "../../src/data/random.ts";

/** Draws a whole number from 0 to n − 1. All that a mutation chooses, it draws: equal draws make equal files. */
export type Draw = (n: number) => number;

/** The draws of one case of a longer run. */
export function seededDraw(seed: number, name: string, number: number): Draw {
  return createRandom(seed, number, ...new TextEncoder().encode(name));
}

/** Draws from a list, and zeros behind its end: so a list that is cut or made smaller makes a simpler mutation. */
export function listedDraw(numbers: readonly number[]): Draw {
  let next = 0;
  return (n) => (numbers[next++] ?? 0) % n;
}

export function pick<T>(choices: readonly T[], draw: Draw): T {
  return choices[draw(choices.length)]!;
}
