import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { peerEnvironment } from "../machine.ts";
import { findPython } from "../python.ts";
import type { DecodeJob } from "./job.ts";

/** Who takes part: a program that answers requests, or why there is none. */
export interface Candidate {
  readonly name: CandidateName;
  readonly command: readonly [string, ...string[]] | { readonly absent: string };
  /** Whether it has beam search. */
  readonly beams: boolean;
  /** Whether it only decodes batches side by side, and so not sentence by sentence. */
  readonly batchesOnly?: boolean;
}

export type CandidateName =
  | "Heed"
  | "Heed in lanes"
  | "transformers"
  | "transformers.js"
  | "CTranslate2"
  | "CTranslate2 in lanes";

const script = (name: string) => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
const tsx = [process.execPath, "--import", import.meta.resolve("tsx")] as const;

/**
 * All candidates, the weights carried to the format of each.
 *
 * @param path Where the job's file will be.
 */
export async function candidates(path: string, job: DecodeJob, log: (line: string) => void): Promise<Candidate[]> {
  const torch = await findPython("peers", ["torch", "transformers"]);
  const javaScript = existsSync(new URL("../requirements/node_modules/@huggingface/transformers", import.meta.url));
  const onnx = javaScript ? await convert("onnx", "optimum", job) : absentPackage;
  const ctranslate2 = await convert("ctranslate2", "ctranslate2", job);
  for (const outcome of [onnx, ctranslate2]) if ("absent" in outcome) log(`absent: ${outcome.absent}`);
  const ifThere = (outcome: Outcome, command: readonly [string, ...string[]]) =>
    "absent" in outcome ? outcome : command;
  const python = "absent" in torch ? "" : torch.command;
  const cTranslate2 = (how: "together" | "lanes") =>
    "absent" in ctranslate2
      ? ctranslate2
      : ([ctranslate2.command, script("decode_ctranslate2.py"), path, how] as const);
  return [
    { name: "Heed", command: [...tsx, script("decode-heed.ts"), path, "together"], beams: true },
    {
      name: "Heed in lanes",
      command: [...tsx, script("decode-heed.ts"), path, "lanes"],
      beams: true,
      batchesOnly: true,
    },
    { name: "transformers", command: ifThere(torch, [python, script("decode_transformers.py"), path]), beams: true },
    {
      name: "transformers.js",
      command: ifThere(onnx, [...tsx, script("decode-transformers-js.ts"), path]),
      beams: false,
    },
    { name: "CTranslate2", command: cTranslate2("together"), beams: true },
    { name: "CTranslate2 in lanes", command: cTranslate2("lanes"), beams: true, batchesOnly: true },
  ];
}

type Outcome = { readonly command: string } | { readonly absent: string };

const absentPackage: Outcome = {
  absent: "@huggingface/transformers is not installed; see docs/benchmarks.md for how to install the peers",
};

/** Carries the model's folder to a peer's format, with Python. */
async function convert(target: "onnx" | "ctranslate2", tool: string, job: DecodeJob): Promise<Outcome> {
  const python = await findPython("export", [tool, "transformers"]);
  if ("absent" in python) return python;
  try {
    const args = [script("convert.py"), target, job.model, job[target]];
    await promisify(execFile)(python.command, args, { env: peerEnvironment() });
    return python;
  } catch (error) {
    return { absent: `${tool}: ${(error as Error).message.trim().split("\n").at(-1)}` };
  }
}
