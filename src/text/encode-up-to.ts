/** A text of more characters for each token that fits is looked at in two goes. */
const CHARACTERS = 64;

/**
 * The token ids of a text. A text that is too long by far is not encoded whole: a word of millions of characters takes
 * most of a minute, in one go.
 *
 * @param longest How many tokens fit.
 * @returns all of them, or the first ones, which are more than `longest` too
 */
export function encodeUpTo(encode: (text: string) => Int32Array, text: string, longest: number): Int32Array {
  const enough = CHARACTERS * longest;
  if (text.length > enough) {
    const ids = encode(text.slice(0, enough));
    if (ids.length > longest) return ids;
  }
  return encode(text);
}
