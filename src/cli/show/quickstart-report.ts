import { styleText } from "node:util";
import type { Pair } from "../../data/pair.ts";
import type { Translation } from "../../generate/translation.ts";
import { formatCount, formatDuration, plural } from "../format.ts";
import type { OutputStream } from "../io.ts";
import type { QuickstartResult } from "../quickstart-result.ts";
import { columns } from "./columns.ts";
import { fold } from "./fold.ts";
import { tokenTable } from "./token-table.ts";

/** A held-out pair, and what the model made of its source. */
export interface Example extends Pair {
  readonly translation: Translation;
}

/** Columns of a screen that does not say how wide it is. */
const COLUMNS = 80;

const names = new Intl.DisplayNames(["en"], { type: "language" });

/** `French`, `Brazilian Portuguese` */
export const languageName = (language: string): string => names.of(language) ?? language;

/** What begins, in a line that fits 80 columns in every language. */
export const openingText = (to: string): string =>
  `A Transformer learns to translate compiler messages into ${languageName(to)}.`;

/** How well it went. */
export function resultText(result: QuickstartResult, folder: string): string {
  const { bleu, signature, trainSeconds, tokensPerSecond, parameters, splitSizes } = result;
  return [
    "",
    `BLEU ${bleu.toFixed(2)} on ${plural(splitSizes.test, "message")} held out`,
    `(${signature})`,
    `${plural(splitSizes.train, "pair")}, ${plural(parameters, "parameter")}, trained in ` +
      `${formatDuration(trainSeconds)} at ${formatCount(tokensPerSecond)} tokens/s.`,
    `Kept in ${folder}.`,
  ].join("\n");
}

/** Of a training that the time limit ended: that it could have come further. */
export function cutShortText(
  { maxSeconds, maxEpochs }: { maxSeconds: number | null; maxEpochs: number | null },
  { epoch }: { epoch: number },
): string {
  const where = `in epoch ${epoch} of ${maxEpochs}`;
  return `Cut short after ${formatDuration(maxSeconds!)}, ${where}: on a free machine it comes further.`;
}

/** Held-out messages, token by token. */
export function exampleText(
  examples: readonly Example[],
  { layer, to, stream }: { layer: string; to: string; stream: OutputStream },
): string {
  const legend = [
    "",
    "Messages it has never seen, token by token: how probable each was, and the",
    `English token it looked at most (by ${layer},`,
    "averaged over the heads; ▁ is the beginning of a word).",
  ];
  const room = stream.columns || COLUMNS;
  const dim = (text: string) => styleText("dim", text, { stream });
  const bold = (text: string) => styleText("bold", text, { stream });
  const blocks = examples.flatMap(({ source, target, translation }) => {
    const texts = labelled({ English: source, [languageName(to)]: translation.text, "by people": target }, room);
    const [english, heed, human] = texts;
    const [heading, ...rows] = tokenTable(translation.tokens, room - 2);
    const table = [dim(heading!), ...rows].map((row) => `  ${row}`);
    return ["", ...english!, ...heed!.map(bold), ...human!.map(dim), ...table];
  });
  return [...legend, ...blocks].join("\n");
}

/** Texts in lines of at most `room` columns, each below its label's end. */
function labelled(texts: Readonly<Record<string, string>>, room: number): string[][] {
  const labels = columns(Object.keys(texts).map((label) => [label, "|"])).map((line) => line.slice(0, -1));
  return Object.values(texts).map((text, i) =>
    fold(text, room - labels[i]!.length).map(
      (line, j) => (j === 0 ? labels[i]! : " ".repeat(labels[i]!.length)) + line,
    ),
  );
}

/** What to try next. */
export function nextSteps({ folder, run, to }: { folder: string; run: string; to: string }): string {
  const other = to === "zh-cn" ? "fr" : "zh-cn";
  const steps = columns([
    [`npx heed translate --model ${folder}`, "# what you type"],
    [`npx heed info ${folder}`, "# what is in the folder"],
    [`${run} --to ${other}`, `# into ${languageName(other)}`],
    ["npx heed train multi30k-en-de", "# image captions into German"],
    ["npx heed train mine.yaml", "# your own pairs; mine.yaml:"],
  ]);
  const recipe = "data: { path: pairs.tsv, to: fr, split: { validation: 5%, test: 5% } }";
  return ["", "What next?", ...steps.map((step) => `  ${step}`), `      ${recipe}`].join("\n");
}
