import { TOKENIZER_ADVICE } from "../../text/tokenizer-advice.ts";
import { inspectFolder } from "../folder-info.ts";
import { type Io, print, printJson, say } from "../io.ts";
import { infoText } from "../show/info-report.ts";

export interface InfoFlags {
  readonly json?: boolean;
}

export async function info(path: string, flags: InfoFlags, io: Io): Promise<void> {
  const found = await inspectFolder(path);
  await (flags.json ? printJson(io, found) : print(io, infoText(found)));
  if (found.tokenizer === null) say(io, found.tokenizerProblem ?? TOKENIZER_ADVICE);
}
