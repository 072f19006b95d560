import type { FolderInfo } from "../folder-info.ts";
import { formatBytes, formatCount, formatDuration, plural } from "../format.ts";
import { measured, scoreName } from "./best.ts";
import { columns } from "./columns.ts";

/** What is in a folder, for people. */
export function infoText({
  folder,
  family,
  modelType,
  opens,
  head,
  can,
  config,
  parameters,
  tokenizer,
  training,
  bytes,
  memory,
}: FolderInfo): string {
  const about = [
    ["folder", folder],
    ["family", family],
    ["saved as", `${modelType} (opened by: ${opens})`],
    ["head", head],
    ["can", can.join(", ")],
    ["tokenizer", tokenizer === null ? "none" : `${tokenizer.kind}, ${plural(tokenizer.size, "token")}`],
    ...trainingRows(training),
    [
      "size",
      `${formatBytes(bytes.model)}${bytes.folder === bytes.model ? "" : `, ${formatBytes(bytes.folder)} with all checkpoints`}`,
    ],
    ["memory", memoryText(memory)],
  ];
  const counts = [...Object.entries(parameters.parts), ["in all", parameters.total] as const];
  const sections = [
    columns(about),
    [
      "parameters",
      ...indented(
        columns(
          counts.map(([part, count]) => [part, formatCount(count)]),
          [1],
        ),
      ),
    ],
    ["config", ...indented(columns(Object.entries(config).map(([key, value]) => [key, valueText(value)])))],
  ];
  return `${sections.map((section) => section.join("\n")).join("\n\n")}\n`;
}

function memoryText({ parameters, token }: FolderInfo["memory"]): string {
  const each = token === null ? "" : `, and ${formatBytes(token)} for each token of a text`;
  return `${formatBytes(parameters)} of parameters${each}`;
}

/** A value of a config, cut where it is long. */
function valueText(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

const LONGEST = 50;

function trainingRows(training: FolderInfo["training"]): string[][] {
  if (training === null) return [];
  const { steps, epochs, seconds, tokensPerSecond, best } = training;
  const trained = `${plural(steps, "step")}, ${plural(epochs, "epoch")} in ${formatDuration(seconds)}, ${formatCount(tokensPerSecond)} tokens/s`;
  if (best === null) return [["trained", trained]];
  const { step, by, loss, bleu } = best;
  const chosen = by === undefined ? "" : ` (by ${scoreName(by)})`;
  const found = measured({ loss, scores: { bleu }, bestBy: by });
  return [
    ["trained", trained],
    ["best", `step ${formatCount(step)}: validation ${found}${chosen}`],
  ];
}

const indented = (rows: readonly string[]): string[] => rows.map((row) => `  ${row}`);
