import type { Translation } from "../generate/translation.ts";
import { plural } from "./format.ts";

/** How many unknown characters or words a message lists. */
const SHOWN = 20;

/** Notes what of sources a vocabulary cannot write, and where a model chose the unknown token, so that it can be said. */
export class UnknownText {
  readonly #pieces = new Set<string>();
  #sources = 0;
  #translations = 0;

  /**
   * Takes the translations of a source, best first.
   *
   * @param line The source's number, from 1.
   * @returns what is to be said by now: each unknown character or word once, and where a translation first has a gap
   */
  note([best]: readonly Translation[], line: number): string[] {
    const { unknown, tokens } = best!;
    const fresh = unknown.filter((piece) => !this.#pieces.has(piece));
    for (const piece of fresh) this.#pieces.add(piece);
    if (unknown.length > 0) this.#sources++;
    const said = fresh.length > 0 ? [`Line ${line}: ${notSeen(fresh)}`] : [];
    if (!tokens.some((token) => token.unknown)) return said;
    if (this.#translations++ === 0) said.push(`Line ${line}: ${LEFT_OUT} Further ones are not told.`);
    return said;
  }

  /** What is to be said of all that was noted. */
  summary(): string[] {
    const said: string[] = [];
    if (this.#sources > 0) said.push(`In ${plural(this.#sources, "source")} ${notSeen([...this.#pieces])}`);
    if (this.#translations > 0) said.push(`In ${plural(this.#translations, "translation")} ${LEFT_OUT}`);
    return said;
  }
}

const LEFT_OUT = "the model chose the unknown token, which has no text.";

function notSeen(pieces: readonly string[]): string {
  const more = pieces.length > SHOWN ? ` … (${pieces.length})` : "";
  return `the vocabulary has no token for ${pieces.slice(0, SHOWN).join(" ")}${more}, which the model does not see.`;
}
