import { loadTextEmbedder } from "../../tasks/load.ts";
import { type Io, printJson, printLine } from "../io.ts";
import { linesOf } from "../lines-of.ts";
import { noting } from "../noting.ts";
import { type DeviceFlags, runtimeOptions } from "../options.ts";

export interface EmbedFlags extends DeviceFlags {
  readonly model: string;
  readonly json?: boolean;
}

export async function embed(texts: readonly string[], flags: EmbedFlags, io: Io): Promise<void> {
  await using embedder = await loadTextEmbedder(flags.model, runtimeOptions(flags));
  const read: string[] = [];
  for await (const vector of embedder.embedLines(noting(linesOf(texts, io), read))) {
    const text = read.shift()!;
    const embedding = Array.from(vector, rounded);
    await (flags.json ? printJson(io, { text, embedding }) : printLine(io, embedding.join("\t")));
  }
}

/** As many digits as float32 has. */
const rounded = (x: number): number => Number(x.toPrecision(9));
