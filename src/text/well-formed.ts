/** Replaces each lone surrogate by U+FFFD, as UTF-8 encoders do: the rest of the world cannot represent one. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}
