import { join } from "node:path";
import type { CompilerMessageLanguage } from "../../data/corpora/languages.ts";
import { type OpenedCorpus, openCorpus } from "../../data/open.ts";
import type { Pair } from "../../data/pair.ts";
import { bleu } from "../../evaluate/index.ts";
import type { Translator } from "../../generate/translate.ts";
import { replaceFile } from "../../hub/node.ts";
import { bleuTokenizer } from "../../translation/bleu-tokenizer.ts";
import { loadTranslator } from "../../translation/load-translator.ts";
import { parseRecipe } from "../../translation/parse-recipe.ts";
import type { Recipe } from "../../translation/recipe.ts";
import { plural } from "../format.ts";
import { type Io, printLine, say } from "../io.ts";
import { type DeviceFlags, runtimeOptions } from "../options.ts";
import { compilerMessages } from "../presets/compiler-messages.ts";
import { prepareFolder, RESULT } from "../quickstart-folder.ts";
import { quickstartResult } from "../quickstart-result.ts";
import { summarizeRun } from "../run-summary.ts";
import {
  cutShortText,
  type Example,
  exampleText,
  nextSteps,
  openingText,
  resultText,
} from "../show/quickstart-report.ts";
import { runTraining } from "../training.ts";
import { translateAll } from "../translate-all.ts";

/** How many held-out messages to show, and how long they may be, in characters: a table is to fit the screen. */
const EXAMPLES = { count: 4, shortest: 20, longest: 60 };

export interface QuickstartFlags extends DeviceFlags {
  readonly to: Exclude<CompilerMessageLanguage, "en">;
}

export async function quickstart({ to, ...device }: QuickstartFlags, io: Io): Promise<void> {
  const recipe = parseRecipe(compilerMessages(to));
  const folder = join("runs", to === "fr" ? "quickstart" : `quickstart-${to}`);
  const run = io.env.npm_lifecycle_event === "start" ? "npm start --" : "npx heed quickstart";
  say(io, openingText(to));
  const resume = await prepareFolder(folder, recipe, io);
  const resumeCommand = `${run} --to ${to}`;
  const { reason } = await runTraining({ folder, recipe, resume, resumeCommand, ...runtimeOptions(device) }, io);
  const summary = (await summarizeRun(folder))!;
  await using data = await openCorpus(recipe.data);
  await using translator = await loadTranslator(folder, runtimeOptions(device));
  const test = await allPairs(data.test!);
  const result = quickstartResult(recipe, summary, data, await scored(translator, test, to, io));
  await replaceFile(join(folder, RESULT), `${JSON.stringify(result, null, 2)}\n`);
  await printLine(io, resultText(result, folder));
  if (reason === "timeLimit") await printLine(io, cutShortText(recipe.train, summary));
  const layer = lastLayer(recipe);
  await printLine(io, exampleText(await examples(translator, test, layer), { layer, to, stream: io.stdout }));
  await printLine(io, nextSteps({ folder, run, to }));
}

async function scored(translator: Translator, test: readonly Pair[], to: string, io: Io) {
  say(io, `Scoring on ${plural(test.length, "message")} that it has never seen`);
  const sources = test.map(({ source }) => source);
  const hypotheses = await translateAll(translator, sources, {}, io);
  return bleu(hypotheses, [test.map(({ target }) => target)], { tokenize: bleuTokenizer(to) });
}

async function allPairs(corpus: NonNullable<OpenedCorpus["test"]>): Promise<Pair[]> {
  return corpus.read(Array.from({ length: corpus.size }, (_, i) => i));
}

/** The name of the last decoder layer's attention to the source. */
function lastLayer({ model }: Recipe): string {
  return `decoder.layers.${Number(model.decoderLayers) - 1}.crossAttention.pattern`;
}

/** Test messages of a suitable length, evenly spread and not chosen by how well that goes, translated. */
async function examples(translator: Translator, test: readonly Pair[], layer: string): Promise<Example[]> {
  const { count, shortest, longest } = EXAMPLES;
  const suitable = test.filter(({ source }) => source.length >= shortest && source.length <= longest);
  const pairs = suitable.filter((_, i) => i % Math.ceil(suitable.length / count) === 0);
  const sources = pairs.map(({ source }) => source);
  const translations = await translator.translate(sources, { attention: layer });
  return pairs.map((pair, i) => ({ ...pair, translation: translations[i]![0]! }));
}
