import { type LoadOptions, loadTranslator } from "heed";

/** What a translation is compared by. */
export interface Translated {
  readonly text: string;
  readonly score: number;
}

/** Translates by the model that lies beside the page. */
async function run(texts: readonly string[], options: LoadOptions): Promise<Translated[][]> {
  await using translator = await loadTranslator("decoding", options);
  const translations = await translator.translate(texts, { numBeams: 4, numReturnSequences: 2 });
  return translations.map((found) => found.map(({ text, score }) => ({ text, score })));
}

export type TranslationPage = { run: typeof run };
Object.assign(globalThis, { run } satisfies TranslationPage);
