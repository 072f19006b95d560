import { type Draw, pick } from "../draw.ts";
import { type Mutation, ofText, repetitions } from "./mutation.ts";

const LINE_ENDS = ["\n", "\r\n", "\r", "\n\n", "\u2028", "\u0085", "\0", "", " "];

/** Mutations of the lines of a text. @param fragments lines that mean something in the format */
export function lineMutations(fragments: readonly string[]): Mutation[] {
  return [
    ofLines((lines, at) => lines.toSpliced(at, 1)),
    ofLines((lines, at, draw) => lines.toSpliced(draw(lines.length), 1, lines[at]!)),
    ofLines((lines, at, draw) => lines.toSpliced(at, 0, pick(fragments, draw))),
    ofLines((lines, at, draw) => lines.with(at, pick(fragments, draw))),
    ofLines((lines, at, draw) => lines.with(at, lines[at] + pick(fragments, draw))),
    ofLines((lines, at, draw) => lines.with(at, pick([" ", "  ", "\t", "\uFEFF", "#", "- "], draw) + lines[at])),
    ofLines((lines, at, draw) => lines.with(at, insertedInto(lines[at]!, pick(fragments, draw), draw))),
    ofLines((lines, at, draw, maxBytes) => {
      const line = pick([lines[at]!, pick(fragments, draw)], draw);
      return lines.with(at, `${line}\n`.repeat(repetitions(line.length + 1, draw, maxBytes)) + lines[at]);
    }),
    ofLines((lines, at, draw, maxBytes) => {
      const fragment = pick([" ", "\t", '"', "\\", "x", "#", pick(fragments, draw)], draw);
      return lines.with(
        at,
        insertedInto(lines[at]!, fragment.repeat(repetitions(fragment.length, draw, maxBytes)), draw),
      );
    }),
    ofText((text, draw) => {
      const end = pick(LINE_ENDS, draw);
      if (draw(2) === 0) return text.replaceAll("\n", end);
      const lines = text.split("\n");
      const at = draw(lines.length);
      return `${lines.slice(0, at + 1).join("\n")}${end}${lines.slice(at + 1).join("\n")}`;
    }),
  ];
}

/** A mutation of one line by a mutation of whole files. */
export function ofOneLine(mutation: Mutation): Mutation {
  return (file, draw, maxBytes) => {
    const lines = Buffer.from(file).toString("latin1").split("\n");
    const at = draw(lines.length);
    const changed = mutation(Buffer.from(lines[at]!, "latin1"), draw, maxBytes);
    return new Uint8Array(Buffer.from(lines.with(at, Buffer.from(changed).toString("latin1")).join("\n"), "latin1"));
  };
}

function ofLines(change: (lines: string[], at: number, draw: Draw, maxBytes: number) => string[]): Mutation {
  return ofText((text, draw, maxBytes) => {
    const lines = text.split("\n");
    return change(lines, draw(lines.length), draw, maxBytes).join("\n");
  });
}

function insertedInto(line: string, text: string, draw: Draw): string {
  const at = draw(line.length + 1);
  return line.slice(0, at) + text + line.slice(at);
}
