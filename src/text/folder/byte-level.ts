import { gpt2Words, isolate } from "../reference.ts";
import type { Component } from "../tokenizer-json.ts";
import { assemble, type Roles, type Template, type TokenizerDescription } from "./assemble.ts";
import { invalid, linesOf, readVocabulary, type TokenizerFile } from "./files.ts";
import { flag, type Settings } from "./settings.ts";
import { given } from "./word-piece.ts";

/** A family of tokenizers over bytes. */
export interface ByteLevelFamily {
  readonly roles: Roles;
  readonly normalizer: Component | null;
  /** What splits a text into words; undefined: GPT-2's pattern. */
  readonly words?: string;
  readonly template: (settings: Settings) => ((roles: Roles) => Template) | undefined;
}

/** Qwen2's words: as GPT-2's, but that digits stand alone, and that line breaks belong to what is before them. */
const QWEN2_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
  "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const end = "<|endoftext|>";
const endsOnly = { unk_token: end, bos_token: end, eos_token: end };

/** Of GPT-2, GPT-NeoX, Qwen2; and of RoBERTa and BART. */
export const byteLevelFamilies = {
  gpt2: { roles: endsOnly, normalizer: null, template: (settings) => boundaries(settings, false) },
  gptNeoX: { roles: endsOnly, normalizer: { type: "NFC" }, template: (settings) => boundaries(settings, false) },
  qwen2: {
    roles: { unk_token: end, eos_token: end, pad_token: end },
    normalizer: { type: "NFC" },
    words: QWEN2_WORDS,
    template: () => undefined,
  },
  roberta: {
    roles: {
      ...{ bos_token: "<s>", eos_token: "</s>", sep_token: "</s>", cls_token: "<s>" },
      ...{ unk_token: "<unk>", pad_token: "<pad>", mask_token: "<mask>" },
    },
    normalizer: null,
    template: () => robertaTemplate,
  },
} as const satisfies Record<string, ByteLevelFamily>;

/** Of RoBERTa (Liu et al., 2019): two ends between the texts of a pair, and no types. */
export function robertaTemplate({ cls_token, sep_token }: Roles): Template {
  return { before: given(cls_token), between: given(sep_token, sep_token), after: given(sep_token) };
}

/** What begins and ends each text where `add_bos_token` and `add_eos_token` say so. */
export function boundaries(settings: Settings, begins: boolean): ((roles: Roles) => Template) | undefined {
  const hasStart = flag(settings, "add_bos_token") ?? begins;
  const hasEnd = flag(settings, "add_eos_token") ?? false;
  if (!hasStart && !hasEnd) return undefined;
  return ({ bos_token, eos_token }) => {
    const before = hasStart ? given(bos_token) : [];
    const after = hasEnd ? given(eos_token) : [];
    return { before, after, between: [...after, ...before], secondFrom: after.length, secondType: 1 };
  };
}

/**
 * A tokenizer of byte-pair encoding over bytes (Radford et al., 2019) from a vocab.json and a merges.txt.
 *
 * @throws HeedError FORMAT_INVALID.
 */
export function byteLevel(
  vocabulary: TokenizerFile,
  merges: TokenizerFile,
  family: ByteLevelFamily,
  settings: Settings,
): TokenizerDescription {
  const ids = readVocabulary(vocabulary);
  const add_prefix_space = flag(settings, "add_prefix_space") ?? false;
  const bytes: Component = { type: "ByteLevel", add_prefix_space, trim_offsets: true, use_regex: !family.words };
  return assemble(
    {
      path: vocabulary.path,
      model: {
        ...{ type: "BPE", dropout: null, unk_token: null, fuse_unk: false, byte_fallback: false, ignore_merges: false },
        ...{ continuing_subword_prefix: "", end_of_word_suffix: "" },
        vocab: Object.fromEntries(ids),
        merges: readMerges(merges, ids, vocabulary.path),
      },
      normalizer: family.normalizer,
      pre_tokenizer: family.words
        ? { type: "Sequence", pretokenizers: [isolate(family.words), bytes] }
        : withPattern(bytes, add_prefix_space),
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      roles: family.roles,
      tokens: [],
      ids,
      template: family.template(settings),
      flags: { mask_token: { lstrip: true } },
    },
    settings,
  );
}

/** GPT-2's pattern in a Split of its own, where each piece does not get a space before it. */
function withPattern(bytes: Component, hasPrefix: boolean): Component {
  if (hasPrefix) return bytes;
  return { type: "Sequence", pretokenizers: [isolate(gpt2Words), { ...bytes, use_regex: false }] };
}

/** A merge in each line: two tokens with a space between them. */
function readMerges(file: TokenizerFile, ids: ReadonlyMap<string, number>, vocabularyPath: string): [string, string][] {
  const merges: [string, string][] = [];
  for (const [index, line] of linesOf(file).entries()) {
    if (line === "" || line.startsWith("#version")) continue;
    const parts = line.split(" ");
    const [left, right] = parts;
    if (parts.length !== 2 || !left || !right)
      throw invalid(file.path, `line ${index + 1} is not two tokens`, index + 1);
    const missing = [left, right, left + right].find((token) => !ids.has(token));
    if (missing !== undefined) {
      const problem = `line ${index + 1} needs "${missing}", which is not in ${vocabularyPath}`;
      throw invalid(file.path, problem, index + 1);
    }
    merges.push([left, right]);
  }
  return merges;
}
