import { bytesOf, byteTokens } from "./byte-fallback.ts";
import { type Library, preTokens } from "./library.ts";

/** What of a text a vocabulary has no token for, each once, in the order of the text. */
export function unknownPieces(library: Library, text: string): string[] {
  const isKnown = (token: string) => library.token_to_id(token) !== undefined;
  if (library.model.byte_fallback && byteTokens.every(isKnown)) return [];
  return [...new Set(wordsOf(library, text).flatMap((word) => unknownIn(word, library)))];
}

/** Which characters of a text are no tokens, so that each is spelled in those of its bytes, in the order of the text. */
export function spelledInBytes(library: Library, text: string): string[] {
  const characters = [...new Set(wordsOf(library, text).flatMap((word) => [...word]))];
  return characters.filter((character) => {
    if (library.token_to_id(character) !== undefined) return false;
    const tokens = tokensOf(character, library);
    return library.model.byte_fallback || tokens.includes(bytesOf(character)[0]!);
  });
}

const tokensOf = (word: string, { model }: Library): string[] => model.bpe?.(word) ?? model.encode([word]);

/** The different words of a text, added tokens left out. */
function wordsOf(library: Library, text: string): string[] {
  const added = new Set(Array.from(library.get_added_tokens_decoder().values(), ({ content }) => content));
  const sections = library.splitter_unnormalized.split(text).filter((section) => !added.has(section));
  return [...new Set(sections.flatMap((section) => preTokens(library, section)))];
}

/** Of a word that byte-pair encoding or Unigram spells: characters. For the others it is unknown as a whole. */
function unknownIn(word: string, library: Library): string[] {
  const { model } = library;
  const isKnown = (token: string) => library.token_to_id(token) !== undefined;
  const pieces = tokensOf(word, library);
  if (model.bpe === undefined && model.unk_token != null && pieces.includes(model.unk_token)) return [word];
  const unknown = pieces.filter((piece) => !isKnown(piece) && !(model.byte_fallback && bytesOf(piece).every(isKnown)));
  const suffix = model.end_of_word_suffix ?? "";
  return unknown.map((piece) => (suffix !== "" && piece.endsWith(suffix) ? piece.slice(0, -suffix.length) : piece));
}
