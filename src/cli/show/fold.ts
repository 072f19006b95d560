import { displayWidth } from "./columns.ts";

/** What a line may be broken before: a word, or a letter of a script without spaces, with the punctuation that ends it. */
const PIECE =
  /\s*(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+)[，。、；：！？）》」』”’…]*/gu;

/** A command that a reader copies from the end of a line. */
const COMMAND = /(?:npx heed|npm (?:--prefix|install|run|start)|python3 -c)\b.*$/;

/** A text in lines of at most `width` columns, broken between words. A word or a command that is longer stays whole. */
export function fold(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    if (displayWidth(line) <= width) return [line];
    const command = COMMAND.exec(line)?.[0];
    if (command === undefined) return foldLine(line, width);
    const before = line.slice(0, -command.length).trimEnd();
    return before === "" ? [line] : [...foldLine(before, width), command];
  });
}

function foldLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const [piece] of line.matchAll(PIECE)) {
    if (current !== "" && displayWidth(current + piece) > width) {
      lines.push(current);
      current = piece.trimStart();
    } else current += piece;
  }
  return [...lines, current];
}
