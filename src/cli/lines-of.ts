import { type Io, say } from "./io.ts";
import { stdinLines } from "./stdin-lines.ts";

/** The texts that were given, or the lines of standard input, of which a person at a terminal is told. */
export function linesOf(texts: readonly string[], io: Io): Iterable<string> | AsyncIterable<string> {
  if (texts.length > 0) return texts;
  if ("isTTY" in io.stdin && io.stdin.isTTY) say(io, "Type a text and press Enter; Ctrl-D ends.");
  return stdinLines(io.stdin);
}
