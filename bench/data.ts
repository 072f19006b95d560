import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { BenchmarkOption, OptionValues } from "./benchmark.ts";

export const dataDirOption: BenchmarkOption = {
  type: "string",
  help: "Folder with Multi30k; unless given ../shared/data/multi30k or, where there is none, a download.",
};

/** The folder with Multi30k, or undefined where it is to be downloaded. */
export function multi30kFolder(values: OptionValues): string | undefined {
  if (values["data-dir"] !== undefined) return String(values["data-dir"]);
  const shared = resolve(import.meta.dirname, "../../shared/data/multi30k");
  return existsSync(shared) ? shared : undefined;
}
