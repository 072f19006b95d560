/** A pair of neighbouring tokens: its ids, and how often it occurs. */
export interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
}

/** A pair waiting to be merged in `words`. `count` is what the pair's count was when the entry was queued. */
export interface PairEntry {
  readonly pair: Pair;
  readonly words: readonly number[];
  count: number;
}

/** A binary heap: the pair with the highest count comes first, among equals the one with the smaller ids. */
export class PairQueue {
  readonly #heap: PairEntry[] = [];

  push(entry: PairEntry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): PairEntry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return top;
  }

  #sink(entry: PairEntry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}

function isBefore(a: PairEntry, b: PairEntry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}
