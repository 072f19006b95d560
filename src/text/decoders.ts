import type { Library } from "./library.ts";
import type { Component } from "./tokenizer-json.ts";

/** A part of a decoder; a Sequence holds further ones. */
interface Decoder {
  readonly config?: Component | undefined;
  readonly decoders?: readonly Decoder[] | undefined;
  /** Of ByteFallback: what makes a text of the bytes that stand in a row. */
  text_decoder?: { decode(bytes: Uint8Array): string };
  /** What becomes of each token. */
  decode_chain?(tokens: readonly string[]): string[];
}

/**
 * Makes the library put tokens together as the reference implementation does. By itself (version 0.2.0) ByteFallback
 * swallows a byte order mark that stands in bytes, and of broken bytes takes several for one U+FFFD; Metaspace drops one
 * of several marks at the start, and that whether or not one was put there.
 */
export function decodeAsReference(library: Library): void {
  mend(library.decoder as Decoder | null);
}

function mend(decoder: Decoder | null): void {
  if (decoder?.config?.type === "ByteFallback") decoder.text_decoder = { decode: textOfBytes };
  if (decoder?.config?.type === "Metaspace") decoder.decode_chain = withoutMarks(decoder.config);
  for (const inner of decoder?.decoders ?? []) mend(inner);
}

function withoutMarks({ replacement, prepend_scheme, add_prefix_space }: Component) {
  const mark = typeof replacement === "string" ? replacement : "▁";
  const atStart = prepend_scheme === "never" || add_prefix_space === false ? " " : "";
  return (tokens: readonly string[]) => tokens.map((token, at) => token.replaceAll(mark, at === 0 ? atStart : " "));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of bytes that stand in a row. Where it is not whole, each of them is U+FFFD. */
function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return "\uFFFD".repeat(bytes.length);
  }
}
