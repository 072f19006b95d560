import { encodeUpTo } from "./encode-up-to.ts";

/** What is needed of a tokenizer. */
export interface Encoding {
  /** The ids as the model reads them, special tokens included. */
  encode(text: string): Int32Array;
}

/**
 * The token ids of a text, cut to so many. What the tokenizer puts around a text stays around what is left of it, as in
 * Hugging Face's tokenizers with truncation.
 *
 * @param longest How many tokens are kept, those around the text included.
 */
export function encodeCut(tokenizer: Encoding, text: string, longest: number): Int32Array {
  const ids = encodeUpTo((part) => tokenizer.encode(part), text, longest);
  if (ids.length <= longest) return ids;
  const around = tokenizer.encode("");
  const before = tokensBefore(ids, around);
  const kept = ids.subarray(before, before + Math.max(0, longest - around.length));
  return Int32Array.from([...around.subarray(0, before), ...kept, ...around.subarray(before)].slice(0, longest));
}

/** How many of the tokens around a text stand before it: those with which it begins, where it ends with the others. */
function tokensBefore(ids: Int32Array, around: Int32Array): number {
  for (let before = around.length; before > 0; before--) {
    const begins = around.subarray(0, before).every((id, i) => id === ids[i]);
    const after = around.subarray(before);
    if (begins && after.every((id, i) => id === ids[ids.length - after.length + i])) return before;
  }
  return 0;
}
