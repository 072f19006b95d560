import type { Translation } from "../generate/translation.ts";
import { plural } from "./format.ts";

/** How many unknown characters or words a message lists. */
const SHOWN = 20;

/** Notes what of sources a vocabulary cannot write, and where a model chose the unknown token, so that it can be said. */
export class UnknownText {
  readonly #pieces = new Set<string>();
  readonly #piecesInBytes = new Set<string>();
  #sources = 0;
  #sourcesInBytes = 0;
  #translations = 0;

  /**
   * Takes the translations of a source, best first.
   *
   * @param line The source's number, from 1.
   * @returns what is to be said by now: each unknown character or word once, and where a translation first has a gap
   */
  note([best]: readonly Translation[], line: number): string[] {
    const { unknown, inBytes, tokens } = best!;
    if (unknown.length > 0) this.#sources++;
    if (inBytes.length > 0) this.#sourcesInBytes++;
    const [lost, spelled] = [fresh(unknown, this.#pieces), fresh(inBytes, this.#piecesInBytes)];
    const said = [
      ...(lost.length > 0 ? [`Line ${line}: ${notSeen(lost)}`] : []),
      ...(spelled.length > 0 ? [`Line ${line}: ${seenAsBytes(spelled)}`] : []),
    ];
    if (!tokens.some((token) => token.unknown)) return said;
    if (this.#translations++ === 0) said.push(`Line ${line}: ${LEFT_OUT} Further ones are not told.`);
    return said;
  }

  /** What is to be said of all that was noted. */
  summary(): string[] {
    const said: string[] = [];
    if (this.#sources > 0) said.push(`In ${plural(this.#sources, "source")} ${notSeen([...this.#pieces])}`);
    if (this.#sourcesInBytes > 0) {
      said.push(`In ${plural(this.#sourcesInBytes, "source")} ${seenAsBytes([...this.#piecesInBytes])}`);
    }
    if (this.#translations > 0) said.push(`In ${plural(this.#translations, "translation")} ${LEFT_OUT}`);
    return said;
  }
}

const LEFT_OUT = "the model chose the unknown token, which has no text.";

/** Those that were not there before; now they are. */
function fresh(pieces: readonly string[], known: Set<string>): string[] {
  const added = pieces.filter((piece) => !known.has(piece));
  for (const piece of added) known.add(piece);
  return added;
}

const notSeen = (pieces: readonly string[]): string =>
  `the vocabulary has no token for ${listed(pieces)}, which the model does not see.`;

const seenAsBytes = (pieces: readonly string[]): string =>
  `the vocabulary has no token for ${listed(pieces)}: the model sees bytes, and may not know them.`;

function listed(pieces: readonly string[]): string {
  const more = pieces.length > SHOWN ? ` … (${pieces.length})` : "";
  return `${pieces.slice(0, SHOWN).join(" ")}${more}`;
}
