import { throwIfAborted } from "../error.ts";
import { pacer } from "../pacer.ts";
import { type Pair, type PairEntry, PairQueue } from "./pair-queue.ts";
import { MAX_TOKEN } from "./tokenizer-json.ts";

/** What `learnMerges` starts from. */
export interface MergeSettings {
  /** The tokens that there are before the first merge, in the order of their ids: special tokens, then the alphabet. */
  readonly tokens: readonly string[];
  /** Learning ends when there are this many tokens. */
  readonly size: number;
  /** Learning ends when no pair occurs this often. */
  readonly minFrequency: number;
  readonly signal: AbortSignal | undefined;
  /** Called now and then with the number of tokens so far. */
  readonly onProgress: (tokens: number) => void;
}

/** The result of learning: all tokens in the order of their ids, and the merges in the order of their ranks. */
export interface Merges {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/**
 * Learns byte-pair merges (Sennrich, Haddow and Birch, 2016, section 3.2): the most frequent pair of neighbours becomes
 * a token, again and again.
 *
 * The result is that of the BpeTrainer of Hugging Face's tokenizers, merge for merge. So its habits are kept: of two
 * pairs equally frequent the one with the smaller ids goes first; a character outside the alphabet is left out of its
 * word, so that its neighbours meet; a merge that spells a special token gives that token; one that would be longer than
 * a token may be is passed over (`max_token_length`).
 *
 * @param words Each word of the text, with the number of times that it occurs.
 */
export async function learnMerges(words: ReadonlyMap<string, number>, settings: MergeSettings): Promise<Merges> {
  const rest = async (tokens: number) => {
    settings.onProgress(tokens);
    await pacer.rest();
    throwIfAborted(settings.signal);
  };

  const tokens = [...settings.tokens];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const text = new SegmentedWords(words, ids);
  for (let word = 0; word < text.size; word += 1) {
    text.countPairs(word);
    if (pacer.due()) await rest(tokens.length);
  }
  const queue = new PairQueue();
  text.enqueueTouched(queue);

  const merges: (readonly [string, string])[] = [];
  while (tokens.length < settings.size) {
    const top = nextPair(queue);
    if (top === undefined || top.count < Math.max(1, settings.minFrequency)) break;
    const { pair } = top;
    const parts = [tokens[pair.left]!, tokens[pair.right]!] as const;
    const merged = parts[0] + parts[1];
    if (merged.length > MAX_TOKEN) continue;
    const id = ids.get(merged) ?? tokens.length;
    if (id === tokens.length) {
      tokens.push(merged);
      ids.set(merged, id);
    }
    merges.push(parts);
    for (const word of top.words) text.merge(word, pair, id);
    text.enqueueTouched(queue);
    if (pacer.due()) await rest(tokens.length);
  }
  settings.onProgress(tokens.length);
  return { tokens, merges };
}

/** Takes the most frequent pair. Counts that fell while an entry was queued are noticed only here, when it comes up. */
function nextPair(queue: PairQueue): PairEntry | undefined {
  for (;;) {
    const top = queue.pop();
    if (top === undefined || top.count === top.pair.count) return top;
    top.count = top.pair.count;
    queue.push(top);
  }
}

const MAX_TOKENS = 2 ** 26;

/** The distinct words of a text as token ids, all in one array, with the counts of the pairs in them. */
class SegmentedWords {
  readonly size: number;
  readonly #ids: Int32Array;
  /** Word w lies in #ids from #starts[w] on, #lengths[w] long. */
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #counts: Float64Array;
  readonly #pairs = new Map<number, Pair>();
  /** The words in which each pair was newly found since the last `enqueueTouched`. */
  #touched = new Map<Pair, number[]>();

  constructor(words: ReadonlyMap<string, number>, ids: ReadonlyMap<string, number>) {
    this.size = words.size;
    this.#starts = new Int32Array(words.size);
    this.#lengths = new Int32Array(words.size);
    this.#counts = Float64Array.from(words.values());
    let space = 0;
    for (const word of words.keys()) space += word.length;
    this.#ids = new Int32Array(space);
    let end = 0;
    let index = 0;
    for (const word of words.keys()) {
      this.#starts[index] = end;
      for (const character of word) {
        const id = ids.get(character);
        if (id !== undefined) this.#ids[end++] = id;
      }
      this.#lengths[index] = end - this.#starts[index]!;
      index += 1;
    }
  }

  countPairs(word: number): void {
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    for (let at = start + 1; at < end; at += 1) this.#found(this.#ids[at - 1]!, this.#ids[at]!, word);
  }

  /** Replaces each occurrence of `pair` in a word by `id`, and counts the pairs that go and come by it. */
  merge(word: number, pair: Pair, id: number): void {
    const ids = this.#ids;
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    let write = start;
    for (let read = start; read < end; read += 1) {
      if (ids[read] !== pair.left || read + 1 >= end || ids[read + 1] !== pair.right) {
        ids[write++] = ids[read]!;
        continue;
      }
      if (write > start) {
        this.#lost(ids[write - 1]!, pair.left, word);
        this.#found(ids[write - 1]!, id, word);
      }
      if (read + 2 < end) {
        this.#lost(pair.right, ids[read + 2]!, word);
        this.#found(id, ids[read + 2]!, word);
      }
      ids[write++] = id;
      read += 1;
    }
    this.#lengths[word] = write - start;
  }

  /** Queues the pairs found since the last call, with the words in which they were found. */
  enqueueTouched(queue: PairQueue): void {
    for (const [pair, words] of this.#touched) {
      if (pair.count > 0) queue.push({ pair, words, count: pair.count });
    }
    this.#touched = new Map();
  }

  #found(left: number, right: number, word: number): void {
    const pair = this.#pair(left, right);
    pair.count += this.#counts[word]!;
    const words = this.#touched.get(pair);
    if (words === undefined) this.#touched.set(pair, [word]);
    else if (words.at(-1) !== word) words.push(word);
  }

  #lost(left: number, right: number, word: number): void {
    this.#pair(left, right).count -= this.#counts[word]!;
  }

  #pair(left: number, right: number): Pair {
    const key = left * MAX_TOKENS + right;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0 };
      this.#pairs.set(key, pair);
    }
    return pair;
  }
}
