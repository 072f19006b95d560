import { type Measured, measured } from "../statistics.ts";
import { digits, formatTable, percent } from "../table.ts";
import type { CandidateName } from "./candidates.ts";
import type { Comparison, Outcome } from "./compare.ts";

interface Row {
  readonly name: CandidateName;
  readonly sentencesPerSecond: Measured;
  readonly sentencesPerCoreSecond: number;
  /** The share of sentences with the same ids as Heed's. */
  readonly equal: number;
  /** Heed's sentences a second by this candidate's; ratio of medians. */
  readonly heedTimesFaster: number;
  /** The same of Heed in lanes, where that was measured. */
  readonly lanesTimesFaster?: number;
}

export type SettingReport = Omit<Comparison, "outcomes"> & {
  readonly rows: readonly Row[];
  /** Those without a figure, and why. */
  readonly absent: readonly { readonly name: CandidateName; readonly absent: string }[];
};

export function reportOf({ outcomes, ...comparison }: Comparison): SettingReport {
  const timed = outcomes.filter((outcome) => "passes" in outcome);
  const rates = timed.map((outcome) => rateOf(outcome, comparison.sentences));
  const rateOfName = (wanted: CandidateName) => rates.find(({ name }) => name === wanted)?.sentencesPerSecond.median;
  const [heed, lanes] = [rateOfName("Heed")!, rateOfName("Heed in lanes")];
  const rows = rates.map((rate) => {
    const { median } = rate.sentencesPerSecond;
    return { ...rate, heedTimesFaster: heed / median, ...(lanes && { lanesTimesFaster: lanes / median }) };
  });
  return { ...comparison, rows, absent: outcomes.filter((outcome) => "absent" in outcome) };
}

function rateOf({ name, passes, equal }: Extract<Outcome, { passes: unknown }>, sentences: number) {
  const sentencesPerSecond = measured(passes.map(({ seconds }) => sentences / seconds));
  const sentencesPerCoreSecond = measured(passes.map(({ cpuSeconds }) => sentences / cpuSeconds)).median;
  return { name, sentencesPerSecond, sentencesPerCoreSecond, equal };
}

export function formatSetting({ beams, batch, sentences, rows, absent }: SettingReport): string {
  const heading = `${beams === 1 ? "greedy" : `${beams} beams`}, batch ${batch}, ${sentences} sentences`;
  const header = ["", "sentences/s", "spread", "by core-second", "same ids", "Heed is faster by", "in lanes by"];
  const table = rows.map(({ name, sentencesPerSecond: { median, spread }, ...row }) => {
    const ratios = [row.heedTimesFaster, row.lanesTimesFaster].map((ratio) =>
      name.startsWith("Heed") || ratio === undefined ? "" : `${ratio.toFixed(2)}×`,
    );
    return [name, digits(median), percent(spread), digits(row.sentencesPerCoreSecond), percent(row.equal), ...ratios];
  });
  const without = absent.map(({ name, absent: why }) => `${name}: absent: ${why}`);
  return [heading, formatTable([header, ...table]), ...without].join("\n");
}
