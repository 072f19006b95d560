import type { Component } from "./tokenizer-json.ts";

/**
 * A pre-tokenizer as the library must get it to split text as the reference implementation does (Hugging Face's
 * `tokenizers`, in Rust). The library reads these otherwise (version 0.2.0):
 *
 * - Whitespace and Digits know ASCII letters and digits only;
 * - WhitespaceSplit, BertPreTokenizer and ByteLevel take other characters for white space (U+FEFF, not U+0085);
 * - Punctuation keeps runs of punctuation together, whatever its behavior;
 * - Split keeps or drops the wrong parts for some pairs of `behavior` and `invert`;
 * - Metaspace does not split at its mark.
 *
 * @throws Error when there is no way to say it.
 */
export function asReference(component: Component): Component {
  switch (component.type) {
    case "Sequence":
      return sequence((component.pretokenizers as readonly Component[]).map(asReference));
    case "Whitespace":
      return { ...isolate(`[${WORD}]+|[^${WORD}\\s]+`), behavior: "Removed", invert: true };
    case "WhitespaceSplit":
      return whitespaceSplit;
    case "BertPreTokenizer":
      return sequence([whitespaceSplit, punctuation("Isolated")]);
    case "Digits":
      return isolate(component.individual_digits === true ? "\\p{N}" : "\\p{N}+");
    case "Punctuation":
      return punctuation(component.behavior ?? "Isolated");
    case "Split":
      return split(component);
    case "Metaspace":
      return metaspace(component);
    case "ByteLevel":
      return byteLevel(component);
    default:
      return component;
  }
}

/** What the reference's "\w" matches: the library's lacks the two joiners. */
const WORD = "\\w\\x{200C}\\x{200D}";

/**
 * GPT-2's words: contractions, letters, numbers and the rest, each with the space before it (Radford et al., 2019; the
 * built-in pattern of ByteLevel).
 */
export const gpt2Words = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Splits a text into the matches of `pattern` and what lies between them. */
export function isolate(pattern: string): Component {
  return { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
}

const whitespaceSplit: Component = { ...isolate("\\s+"), behavior: "Removed" };

function sequence(pretokenizers: readonly Component[]): Component {
  return { type: "Sequence", pretokenizers };
}

function punctuation(behavior: unknown): Component {
  const mark = "[\\p{P}!-/:-@\\[-`{-~]";
  if (behavior === "Isolated") return isolate(mark);
  if (behavior === "Contiguous") return isolate(`${mark}+`);
  if (behavior === "Removed") return { ...isolate(mark), behavior };
  throw new Error(`Punctuation with the behavior "${behavior}"`);
}

function split(component: Component): Component {
  const { behavior, invert } = component;
  const { String: literal, Regex } = component.pattern as { String?: string; Regex?: string };
  const pattern = { Regex: literal === undefined ? Regex : literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") };
  if (behavior === "Isolated") return { type: "Split", pattern, behavior, invert: false };
  if (behavior === "Removed") return { type: "Split", pattern, behavior, invert: invert === true };
  // A text is cut behind, or before, each occurrence of a single character: the empty matches are what is removed.
  if (literal !== undefined && [...literal].length === 1 && invert !== true) {
    const place = behavior === "MergedWithPrevious" ? `(?<=${pattern.Regex})` : `(?=${pattern.Regex})`;
    const isMerging = behavior === "MergedWithPrevious" || behavior === "MergedWithNext";
    if (isMerging) return { type: "Split", pattern: { Regex: place }, behavior: "Removed", invert: false };
  }
  throw new Error(`Split with the behavior "${behavior}"`);
}

function metaspace(component: Component): Component {
  const mark = String(component.replacement).replace(/[\\\]^-]/, "\\$&");
  const prepend_scheme = component.add_prefix_space === false ? "never" : component.prepend_scheme;
  const marked = { ...component, prepend_scheme };
  return component.split === false ? marked : sequence([marked, isolate(`[${mark}]?[^${mark}]+|[${mark}]`)]);
}

/** With a prefix space the pattern cannot stand in a Split of its own, since each piece would get the prefix. */
function byteLevel(component: Component): Component {
  if (component.use_regex === false || component.add_prefix_space === true) return component;
  return sequence([isolate(gpt2Words), { ...component, use_regex: false }]);
}
