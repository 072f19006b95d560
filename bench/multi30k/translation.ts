import type { PairCorpus } from "../../src/data/index.ts";
import { loadTranslator } from "../../src/translation/load-translator.ts";

export interface Translated {
  readonly hypotheses: readonly string[];
  readonly references: readonly string[];
}

/** Translates the sources of a corpus, with the beams that the model's folder asks for. */
export async function translated(model: string, corpus: PairCorpus): Promise<Translated> {
  const [sources, references]: [string[], string[]] = [[], []];
  for await (const block of corpus.pairs()) {
    for (const { source, target } of block) {
      sources.push(source);
      references.push(target);
    }
  }
  await using translator = await loadTranslator(model);
  const translations = await translator.translate(sources);
  return { hypotheses: translations.map(([best]) => best!.text), references };
}
