import { isSpace } from "./whitespace.ts";

/** One more than the largest code point, the alphabet size of sequences that `codePoints` makes. */
export const CODE_POINTS = 0x110000;

/** The code points of `text`, on request without white space. */
export function codePoints(text: string, keepSpace: boolean): number[] {
  const points: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    if (keepSpace || !isSpace(point)) points.push(point);
  }
  return points;
}

/** Numbers words in order of appearance, so that equal words have equal numbers. */
export class WordNumbers {
  readonly #numbers = new Map<string, number>();

  /** How many different words were seen: the alphabet size of the sequences made so far. */
  get size(): number {
    return this.#numbers.size;
  }

  of(words: readonly string[]): number[] {
    return words.map((word) => {
      const known = this.#numbers.get(word);
      if (known !== undefined) return known;
      const next = this.#numbers.size;
      this.#numbers.set(word, next);
      return next;
    });
  }
}

/** How many n-grams of each order 1..maxOrder a sequence of `length` symbols has. */
export function countNgrams(length: number, maxOrder: number): number[] {
  return Array.from({ length: maxOrder }, (_, index) => Math.max(0, length - index));
}

/**
 * For each order 1..maxOrder, how many n-grams of `hypothesis` are found in `references`, where each distinct n-gram
 * counts at most as often as it occurs in that reference which has most of it (Papineni et al. 2002, section 2.1.1).
 *
 * The n-grams of the references form a trie: a node is an n-gram, its children are the n-grams one symbol longer.
 * Symbols are integers in [0, alphabetSize).
 */
export function countClippedMatches(
  hypothesis: readonly number[],
  references: readonly (readonly number[])[],
  maxOrder: number,
  alphabetSize: number,
): number[] {
  const children = new Map<number, number>();
  const available = [0];
  for (const reference of references) {
    const seen: number[] = [];
    for (let start = 0; start < reference.length; start++) {
      const end = Math.min(reference.length, start + maxOrder);
      for (let i = start, node = 0; i < end; i++) {
        const key = node * alphabetSize + reference[i]!;
        let child = children.get(key);
        if (child === undefined) {
          child = available.length;
          children.set(key, child);
          available.push(0);
        }
        node = child;
        const count = (seen[node] ?? 0) + 1;
        seen[node] = count;
        if (count > available[node]!) available[node] = count;
      }
    }
  }
  const matches = new Array<number>(maxOrder).fill(0);
  for (let start = 0; start < hypothesis.length; start++) {
    const end = Math.min(hypothesis.length, start + maxOrder);
    for (let i = start, node = 0; i < end; i++) {
      const child = children.get(node * alphabetSize + hypothesis[i]!);
      if (child === undefined) break;
      node = child;
      if (available[node] === 0) continue;
      available[node]!--;
      matches[i - start]!++;
    }
  }
  return matches;
}
