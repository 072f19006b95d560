import { unspacedLanguage } from "../translation/bleu-tokenizer.ts";
import { type Io, say } from "./io.ts";

/** Says it where BLEU splits at spaces what is written without: such a score is near 0 and says nothing. */
export function warnOfSpaces(references: readonly string[], io: Io): void {
  const found = unspacedLanguage(references);
  if (found === undefined) return;
  const { name, tokenizer } = found;
  say(io, `The references look ${name}, which BLEU does not split well by 13a. Give --tokenize ${tokenizer}.`);
}
