import { bytesOf, byteTokens } from "./byte-fallback.ts";
import { type Library, preTokens } from "./library.ts";

/** What of a text a vocabulary has no token for, each once, in the order of the text. */
export function unknownPieces(library: Library, text: string): string[] {
  const isKnown = (token: string) => library.token_to_id(token) !== undefined;
  if (library.model.byte_fallback && byteTokens.every(isKnown)) return [];
  const added = new Set(Array.from(library.get_added_tokens_decoder().values(), ({ content }) => content));
  const sections = library.splitter_unnormalized.split(text).filter((section) => !added.has(section));
  const words = new Set(sections.flatMap((section) => preTokens(library, section)));
  return [...new Set([...words].flatMap((word) => unknownIn(word, library)))];
}

/** Of a word that byte-pair encoding or Unigram spells: characters. For the others it is unknown as a whole. */
function unknownIn(word: string, library: Library): string[] {
  const { model } = library;
  const isKnown = (token: string) => library.token_to_id(token) !== undefined;
  const pieces = model.bpe?.(word) ?? model.encode([word]);
  if (model.bpe === undefined && model.unk_token != null && pieces.includes(model.unk_token)) return [word];
  const unknown = pieces.filter((piece) => !isKnown(piece) && !(model.byte_fallback && bytesOf(piece).every(isKnown)));
  const suffix = model.end_of_word_suffix ?? "";
  return unknown.map((piece) => (suffix !== "" && piece.endsWith(suffix) ? piece.slice(0, -suffix.length) : piece));
}
