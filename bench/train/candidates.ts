import { fileURLToPath } from "node:url";
import type { Python } from "../python.ts";

/** Who takes part: a program that answers requests, or why there is none. */
export interface Candidate {
  readonly name: CandidateName;
  readonly command: readonly [string, ...string[]] | { readonly absent: string };
}

export type CandidateName = "heed" | "heedWithoutDropout" | "pytorchEager" | "pytorchCompile";

export const titles: Readonly<Record<CandidateName, string>> = {
  heed: "Heed",
  heedWithoutDropout: "Heed without dropout",
  pytorchEager: "PyTorch eager",
  pytorchCompile: "PyTorch torch.compile(dynamic=True)",
};

const heedScript = fileURLToPath(new URL("../peers/train-heed.ts", import.meta.url));
const pytorchScript = fileURLToPath(new URL("../peers/train_pytorch.py", import.meta.url));

/** @param job The path of the job's file. */
export function candidates(job: string, python: Python): Candidate[] {
  const pytorch = (mode: string) =>
    "absent" in python ? python : ([python.command, pytorchScript, job, mode] as const);
  return [
    { name: "heedWithoutDropout", command: heedCommand(job, "plain") },
    { name: "heed", command: heedCommand(job, "dropout") },
    { name: "pytorchEager", command: pytorch("eager") },
    { name: "pytorchCompile", command: pytorch("compile") },
  ];
}

export function heedCommand(job: string, ...args: string[]): readonly [string, ...string[]] {
  return [process.execPath, "--import", import.meta.resolve("tsx"), heedScript, job, ...args];
}
