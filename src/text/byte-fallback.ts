import type { Library } from "./library.ts";

/** The tokens that stand for the 256 bytes, as SentencePiece and Llama name them. */
export const byteTokens: readonly string[] = Array.from({ length: 256 }, (_, byte) => byteToken(byte));

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** A text as the tokens of its bytes in UTF-8. */
export function bytesOf(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), byteToken);
}

/**
 * Makes the library spell in bytes as the reference implementation does. By itself (version 0.2.0) it spells characters
 * that a Unigram vocabulary lacks as the unknown token even where bytes are to stand in.
 */
export function fallBackAsReference(library: Library, model: Readonly<Record<string, unknown>>): void {
  const isByte = (token: string) => library.token_to_id(token) !== undefined;
  if (model.type === "Unigram" && model.byte_fallback === true) {
    const encode = library.model.encode.bind(library.model);
    library.model.encode = (words) =>
      encode(words).flatMap((piece) => {
        if (library.token_to_id(piece) !== undefined) return piece;
        const bytes = bytesOf(piece);
        return bytes.every(isByte) ? bytes : piece;
      });
  }
}
