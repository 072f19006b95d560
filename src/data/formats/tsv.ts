import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks, ReadPair } from "../pair.ts";
import { readLines } from "./lines.ts";

export interface TsvColumns {
  /** Which column holds the source, counted from 1. Default 1. */
  readonly sourceColumn?: number | undefined;
  /** Which column holds the target, counted from 1. Default 2. */
  readonly targetColumn?: number | undefined;
}

/**
 * Tab-separated columns, one pair a line; other columns are ignored. There is no quoting: every tab separates. A line
 * without any text counts as an empty pair.
 * @throws HeedError DATA_INVALID when a line has too few columns, and as `readLines` does
 */
export async function* readTsv(source: ByteSource, columns: TsvColumns = {}): PairBlocks {
  const { sourceColumn = 1, targetColumn = 2 } = columns;
  const needed = Math.max(sourceColumn, targetColumn);
  for await (const { first, lines } of readLines(source)) {
    yield lines.map((text, i): ReadPair => {
      const line = first + i;
      if (text === "") return { source: "", target: "", line };
      const cells = text.split("\t", needed);
      if (cells.length < needed) throw tooFewColumns(source.name, line, cells.length, needed);
      return { source: cells[sourceColumn - 1]!, target: cells[targetColumn - 1]!, line };
    });
  }
}

function tooFewColumns(path: string, line: number, found: number, needed: number): HeedError {
  const what = `${path}, line ${line}: expected at least ${needed} columns separated by tabs, found ${found}`;
  return new HeedError("DATA_INVALID", `${what}. Repair the line, or name the right columns.`, { path, line });
}
