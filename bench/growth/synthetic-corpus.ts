import { open } from "node:fs/promises";
import { createRandom } from "../../src/data/random.ts";

/** Two files whose lines belong together. */
export interface ParallelFiles {
  readonly source: string;
  readonly target: string;
}

const WORDS = 50_000;
/** Lines written at once. */
const BLOCK = 10_000;
const SEED = 1;

/**
 * Writes pairs of sentences that are like real ones in what costs: 2 to 18 words, 10 on average, the frequency of a word
 * inverse to its rank (Zipf), frequent words short. The same number of pairs gives the same files.
 */
export async function writeSyntheticCorpus(pairs: number, files: ParallelFiles): Promise<void> {
  const below = createRandom(SEED);
  const [sourceWords, targetWords] = [words(0), words(7)];
  const rank = () => Math.floor(WORDS ** (below(2 ** 30) / 2 ** 30)) - 1;
  await using source = await open(files.source, "w");
  await using target = await open(files.target, "w");
  for (let written = 0; written < pairs; written += BLOCK) {
    const lines: [string, string][] = Array.from({ length: Math.min(BLOCK, pairs - written) }, () => {
      const ranks = Array.from({ length: 2 + below(6) + below(12) }, rank);
      // A translation is seldom as long as its source.
      const translated = below(2) === 0 ? ranks : [...ranks, rank()];
      return [sentence(ranks, sourceWords), sentence(translated, targetWords)];
    });
    await source.write(lines.map(([text]) => text).join(""));
    await target.write(lines.map(([, text]) => text).join(""));
  }
}

const sentence = (ranks: readonly number[], spelled: readonly string[]): string =>
  `${ranks.map((rank) => spelled[rank]).join(" ")}.\n`;

/** Words by rank, of one syllable to four. @param shift Makes another language. */
function words(shift: number): string[] {
  const [consonants, vowels] = ["bcdfghjklmnprstvwz", "aeiou"];
  const syllables = [...consonants].flatMap((consonant) => [...vowels].map((vowel) => consonant + vowel));
  return Array.from({ length: WORDS }, (_, rank) => {
    let word = "";
    for (let rest = rank + 1; rest > 0; rest = Math.floor(rest / syllables.length)) {
      word += syllables[(rest + shift) % syllables.length];
    }
    return word;
  });
}
