/**
 * Of a text of more characters for each token that fits the beginning is encoded first, then four times as much. It ends
 * with a word, where it can: half a word may have more tokens than the whole.
 */
const CHARACTERS = 64;

/**
 * The token ids of a text. A text that is too long by far is not encoded whole: a word of millions of characters takes
 * most of a minute, in one go.
 *
 * @param longest How many tokens fit.
 * @returns all of them, or those of its beginning, which are more than `longest` too
 */
export function encodeUpTo(encode: (text: string) => Int32Array, text: string, longest: number): Int32Array {
  for (let enough = CHARACTERS * longest; enough < text.length; enough *= 4) {
    const space = text.lastIndexOf(" ", enough);
    const ids = encode(text.slice(0, space > 0 ? space : enough));
    if (ids.length > longest) return ids;
  }
  return encode(text);
}
