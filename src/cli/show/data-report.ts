import type { Flaw, HeldOutReport, InspectReport, LengthSummary, QualityReport, ReadPair } from "../../data/index.ts";
import { formatCount, formatPercent, plural } from "../format.ts";
import { columns, displayWidth } from "./columns.ts";

/** Named counts, one a line. */
export function countsText(counts: object): string {
  const rows = Object.entries(counts).map(([name, count]) => [COUNTS[name] ?? name, formatCount(Number(count))]);
  return lines(columns(rows, [1]));
}

const COUNTS: Readonly<Record<string, string>> = { tooShort: "too short", tooLong: "too long" };

const FLAWS: Readonly<Record<Flaw, string>> = {
  empty: "an empty side",
  duplicate: "duplicates",
  identical: "both sides the same",
  controlCharacters: "control characters",
  replacementCharacters: "broken characters (U+FFFD)",
  wrongScript: "the wrong script",
};

/** The state of a corpus, for people. */
export function inspectText({ train, validation, test }: InspectReport): string {
  const parts = Object.entries({ train, validation, test }).filter(([, part]) => part !== undefined);
  return parts.map(([name, part]) => lines(partText(name, part!))).join("\n");
}

function partText(name: string, report: QualityReport | HeldOutReport): string[] {
  const { pairs, distinctSources, source, target } = report;
  const heading = `${name}: ${plural(pairs, "pair")}, ${plural(distinctSources, "distinct source sentence")}`;
  const shared = "sharedWithTrain" in report ? [`  ${plural(report.sharedWithTrain, "source")} also in train`] : [];
  const lengths = columns(
    [
      ["characters", "mean", "min", "5%", "50%", "95%", "99%", "max"],
      lengthRow("source", source),
      lengthRow("target", target),
    ],
    [1, 2, 3, 4, 5, 6, 7],
  );
  return [heading, ...shared, ...indented(lengths), ...indented(flawLines(report))];
}

function lengthRow(name: string, { mean, min, p5, p50, p95, p99, max }: LengthSummary): string[] {
  return [name, mean.toFixed(1), ...[min, p5, p50, p95, p99, max].map(formatCount)];
}

function flawLines({ pairs, flaws, lengthRatio }: QualityReport): string[] {
  const unusual = `a length ratio far from ${lengthRatio.median.toFixed(2)}`;
  const found = [
    ...Object.entries(FLAWS).map(([flaw, name]) => ({ name, ...flaws[flaw as Flaw] })),
    { name: unusual, count: lengthRatio.count, examples: lengthRatio.examples },
  ];
  const rows = columns(
    found.map(({ name, count }) => [name, formatCount(count), count === 0 ? "" : formatPercent(count / pairs)]),
    [1, 2],
  );
  return rows.flatMap((row, i) => [row, ...indented(found[i]!.examples.slice(0, 2).map(exampleLine))]);
}

function exampleLine({ line, source, target }: ReadPair): string {
  const place = `line ${line}: `;
  const room = Math.floor((COLUMNS - place.length - " → ".length) / 2);
  return `${place}${cut(source, room)} → ${cut(target, room)}`;
}

/** What an example has of 80 columns. */
const COLUMNS = 76;

/** The beginning of a text that `room` columns hold. */
function cut(text: string, room: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would change the terminal
  const visible = text.slice(0, 4 * room).replace(/[\u0000-\u001f\u007f-\u009f]/g, pictureOf);
  if (visible.length === text.length && displayWidth(visible) <= room) return visible;
  let shown = "";
  for (const letter of visible) {
    if (displayWidth(shown + letter) >= room) break;
    shown += letter;
  }
  return `${shown}…`;
}

/** Unicode has pictures of the control characters of ASCII: ␀, ␍ and so on. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : "\ufffd";
}

const indented = (rows: readonly string[]): string[] => rows.map((row) => `  ${row}`);

const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join("");
