import { loadMaskFiller } from "../../tasks/load.ts";
import type { FilledText, MaskFiller } from "../../tasks/mask-filler.ts";
import { type Io, printJson, printLine, say } from "../io.ts";
import { linesOf } from "../lines-of.ts";
import { type DeviceFlags, runtimeOptions } from "../options.ts";
import { bar } from "../show/bar.ts";
import { columns } from "../show/columns.ts";

export interface FillFlags extends DeviceFlags {
  readonly model: string;
  readonly top: number;
  readonly json?: boolean;
}

const BAR = 8;

export async function fill(texts: readonly string[], flags: FillFlags, io: Io): Promise<void> {
  await using filler = await loadMaskFiller(flags.model, runtimeOptions(flags));
  let line = 0;
  for await (const filled of filler.fillLines(linesOf(texts, io), { top: flags.top })) {
    noteNone(filled, ++line, filler, io);
    await show(filled, flags, io);
  }
}

/** A text without a mask is likely a slip: another model's mask, or none at all. */
function noteNone({ text, masks }: FilledText, line: number, { mask }: MaskFiller, io: Io): void {
  if (masks.length > 0 || text.trim() === "") return;
  say(io, `Text ${line} has no ${mask}, which this model's tokenizer writes for a hidden word.`);
}

async function show({ text, masks }: FilledText, { json }: FillFlags, io: Io): Promise<void> {
  if (json) {
    const told = masks.map((mask) => mask.map(({ text, id, probability }) => ({ text, id, probability })));
    return printJson(io, { text, masks: told });
  }
  await printLine(io, text);
  for (const [i, mask] of masks.entries()) {
    if (masks.length > 1) await printLine(io, `  mask ${i + 1}`);
    const rows = mask.map(({ text, probability }) => [text, `${bar(probability, BAR)} ${probability.toFixed(3)}`]);
    for (const row of columns(rows)) await printLine(io, `  ${row}`);
  }
}
