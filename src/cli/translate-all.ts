import type { TranslateOptions, Translator } from "../generate/translate.ts";
import { formatCount, plural } from "./format.ts";
import type { Io } from "./io.ts";
import { createMeter } from "./meter.ts";

/** The best translation of each text, with progress on standard error. */
export async function translateAll(
  translator: Translator,
  texts: readonly string[],
  options: TranslateOptions,
  io: Io,
): Promise<string[]> {
  const meter = createMeter(io.stderr);
  const results: string[] = [];
  const show = () => {
    const text = `${formatCount(results.length)} of ${plural(texts.length, "sentence")} translated`;
    meter.update(results.length / texts.length, text);
  };
  try {
    show();
    for await (const [best] of translator.translateLines(texts, options)) {
      results.push(best!.text);
      show();
    }
  } finally {
    meter.stop();
  }
  return results;
}
