import { encodeUpTo } from "./encode-up-to.ts";

/** What is needed of a tokenizer. */
export interface Encoding {
  encode(text: string, options?: { readonly addSpecialTokens?: boolean | undefined }): Int32Array;
}

/**
 * The token ids of a text, cut to so many. What the tokenizer puts around a text stays around what is left of it, as in
 * Hugging Face's tokenizers with truncation.
 *
 * @param longest How many tokens are kept, those around the text included.
 */
export function encodeCut(tokenizer: Encoding, text: string, longest: number): Int32Array {
  const inner = encodeUpTo((part) => tokenizer.encode(part, { addSpecialTokens: false }), text, longest);
  const around = tokenizer.encode("");
  const whole = inner.length + around.length <= longest;
  if (whole) return tokenizer.encode(text);
  const kept = inner.subarray(0, Math.max(0, longest - around.length));
  const before = tokensBefore(tokenizer, around);
  return Int32Array.from([...around.subarray(0, before), ...kept, ...around.subarray(before)].slice(0, longest));
}

/** How many of the tokens around a text stand before it: the letter tells. */
function tokensBefore(tokenizer: Encoding, around: Int32Array): number {
  const [whole, inner] = [tokenizer.encode("a"), tokenizer.encode("a", { addSpecialTokens: false })];
  if (whole.length !== around.length + inner.length) return 0;
  for (let before = 0; before <= around.length; before++) {
    const found = whole.subarray(before, before + inner.length);
    if (found.every((id, i) => id === inner[i])) return before;
  }
  return 0;
}
