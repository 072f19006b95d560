import type { Pair } from "../pair.ts";
import type { AtomicWriter } from "./atomic-writer.ts";

/** Where pairs are written: a TSV file (source⇥target), or two files whose lines belong together. */
export type PairOutput = { readonly path: string } | { readonly source: string; readonly target: string };

/** The files of an output. */
export function outputFiles(output: PairOutput): string[] {
  return "path" in output ? [output.path] : [output.source, output.target];
}

/** Appends pairs, one a line. White space inside a sentence that would end its line or column becomes one space. */
export async function writePairs(writer: AtomicWriter, output: PairOutput, pairs: readonly Pair[]): Promise<void> {
  const lines = pairs.map(({ source, target }): Pair => ({ source: oneLine(source), target: oneLine(target) }));
  if ("path" in output) {
    await writer.write(output.path, lines.map(({ source, target }) => `${source}\t${target}\n`).join(""));
  } else {
    await writer.write(output.source, lines.map(({ source }) => `${source}\n`).join(""));
    await writer.write(output.target, lines.map(({ target }) => `${target}\n`).join(""));
  }
}

function oneLine(text: string): string {
  return text.replace(/[\t\r\n]+/g, " ");
}
