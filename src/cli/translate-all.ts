import type { TranslateOptions, Translator } from "../generate/translate.ts";
import { formatCount, plural } from "./format.ts";
import { type Io, say } from "./io.ts";
import { createMeter } from "./meter.ts";
import { UnknownText } from "./unknown-text.ts";

/** The best translation of each text, with progress on standard error, and what of the texts was unknown. */
export async function translateAll(
  translator: Translator,
  texts: readonly string[],
  options: TranslateOptions,
  io: Io,
): Promise<string[]> {
  const meter = createMeter(io.stderr);
  const results: string[] = [];
  const unknown = new UnknownText();
  const show = () => {
    const text = `${formatCount(results.length)} of ${plural(texts.length, "sentence")} translated`;
    meter.update(results.length / texts.length, text);
  };
  try {
    show();
    for await (const found of translator.translateLines(texts, options)) {
      results.push(found[0]!.text);
      unknown.note(found, results.length);
      show();
    }
  } finally {
    meter.stop();
  }
  for (const note of unknown.summary()) say(io, note);
  return results;
}
