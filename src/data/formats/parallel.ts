import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks, ReadPair } from "../pair.ts";
import { type LineBlock, readLines } from "./lines.ts";

/**
 * Two texts whose lines belong together, line by line.
 * @throws HeedError DATA_INVALID when they differ in their number of lines, and as `readLines` does
 */
export async function* readParallel(source: ByteSource, target: ByteSource): PairBlocks {
  const sources = new Lines(readLines(source));
  const targets = new Lines(readLines(target));
  try {
    while ((await sources.fill()) && (await targets.fill())) {
      const count = Math.min(sources.ready, targets.ready);
      const line = sources.line;
      const [left, right] = [sources.take(count), targets.take(count)];
      yield left.map((text, i): ReadPair => ({ source: text, target: right[i]!, line: line + i }));
    }
    const [sourceCount, targetCount] = [await sources.countAll(), await targets.countAll()];
    if (sourceCount !== targetCount) throw unequal(source.name, sourceCount, target.name, targetCount);
  } finally {
    await sources.close();
    await targets.close();
  }
}

/** Lines that are taken a few at a time. */
class Lines {
  readonly #blocks: AsyncGenerator<LineBlock, void, undefined>;
  #block: LineBlock = { first: 1, lines: [] };
  #taken = 0;

  constructor(blocks: AsyncGenerator<LineBlock, void, undefined>) {
    this.#blocks = blocks;
  }

  /** How many lines can be taken now. */
  get ready(): number {
    return this.#block.lines.length - this.#taken;
  }

  /** The number of the next line. */
  get line(): number {
    return this.#block.first + this.#taken;
  }

  /** Sees to it that a line is ready; false at the end of the text. */
  async fill(): Promise<boolean> {
    while (this.ready === 0) {
      const next = await this.#blocks.next();
      if (next.done) return false;
      this.#block = next.value;
      this.#taken = 0;
    }
    return true;
  }

  take(count: number): readonly string[] {
    const lines = this.#block.lines.slice(this.#taken, this.#taken + count);
    this.#taken += count;
    return lines;
  }

  /** Reads to the end and returns the number of lines of the whole text. */
  async countAll(): Promise<number> {
    while (await this.fill()) this.#taken = this.#block.lines.length;
    return this.line - 1;
  }

  async close(): Promise<void> {
    await this.#blocks.return();
  }
}

function unequal(source: string, sourceCount: number, target: string, targetCount: number): HeedError {
  const what = `${source} has ${sourceCount} lines, but ${target} has ${targetCount}`;
  return new HeedError("DATA_INVALID", `${what}. Line n of one must be the translation of line n of the other.`, {
    path: source,
  });
}
