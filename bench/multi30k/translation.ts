import type { PairCorpus } from "../../src/data/index.ts";
import type { TranslateOptions } from "../../src/generate/index.ts";
import { loadTranslator } from "../../src/translation/load-translator.ts";

export interface Translated {
  readonly hypotheses: readonly string[];
  readonly references: readonly string[];
}

/** Translates the sources of a corpus as the recipe says. */
export async function translated(
  model: string,
  corpus: PairCorpus,
  decode: TranslateOptions | undefined,
): Promise<Translated> {
  const [sources, references]: [string[], string[]] = [[], []];
  for await (const block of corpus.pairs()) {
    for (const { source, target } of block) {
      sources.push(source);
      references.push(target);
    }
  }
  await using translator = await loadTranslator(model);
  const translations = await translator.translate(sources, decode);
  return { hypotheses: translations.map(([best]) => best!.text), references };
}
