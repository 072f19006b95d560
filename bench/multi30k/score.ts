import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { HeedError } from "../../src/error.ts";
import { peerEnvironment } from "../machine.ts";
import { findPython } from "../python.ts";
import type { Translated } from "./translation.ts";

export interface Scores {
  /** BLEU of Moses' tokens in lower case, as papers on Multi30k give it. */
  readonly moses: number;
  /** 95% of samples of as many sentences, drawn from these with replacement, lie within so much of their mean. */
  readonly mosesInterval: number;
  readonly mosesSignature: string;
  /** BLEU as sacreBLEU gives it unless told otherwise. */
  readonly cased: number;
  readonly casedSignature: string;
  /** The version of sacremoses. */
  readonly sacremoses: string;
}

const script = fileURLToPath(new URL("../peers/score_multi30k.py", import.meta.url));

export type Scorer = (language: string, translated: Translated) => Promise<Scores>;

/** Scores in Python. Errors: RUNTIME_UNAVAILABLE without the packages, at once and not after hours of training. */
export async function openScorer(): Promise<Scorer> {
  const python = await findPython("peers", ["sacrebleu", "sacremoses"]);
  if ("absent" in python) throw new HeedError("RUNTIME_UNAVAILABLE", python.absent);
  return async (language, translated) => {
    const child = spawn(python.command, [script, language], { env: peerEnvironment() });
    child.stdin.end(JSON.stringify(translated));
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (output.trim() === "") throw new HeedError("RUNTIME_FAILED", `${script} failed:\n${errors.trim()}`);
    return JSON.parse(output) as Scores;
  };
}
