import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadTokenizer } from "../../../src/text/tokenizer-files.ts";
import { jsonMutations } from "../mutations/json.ts";
import { outcomeOf, type Target } from "../target.ts";

const added = (id: number, content: string) => ({ id, content, special: true, normalized: false, lstrip: false });
const sequence = (key: string, parts: readonly object[]) => ({ type: "Sequence", [key]: parts });
const template = {
  type: "TemplateProcessing",
  single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }],
  pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
  special_tokens: { "</s>": { id: "</s>", ids: [0], tokens: ["</s>"] } },
};
const bert = { type: "BertProcessing", sep: ["</s>", 0], cls: ["</s>", 0] };
const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: false };
const byteLevel = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: false };

const bpe = {
  version: "1.0",
  added_tokens: [added(0, "</s>"), added(1, "<unk>")],
  normalizer: sequence("normalizers", [
    { type: "NFC" },
    { type: "Replace", pattern: { Regex: "[ \\t]+" }, content: " " },
    { type: "Strip", strip_left: true, strip_right: true },
    { type: "Lowercase" },
    { type: "Prepend", prepend: "a" },
  ]),
  pre_tokenizer: sequence("pretokenizers", [
    metaspace,
    { type: "Split", pattern: { Regex: "▁?\\p{L}+|." }, behavior: "Isolated", invert: false },
    { type: "Digits", individual_digits: true },
    { type: "FixedLength", length: 5 },
  ]),
  post_processor: sequence("processors", [template, { type: "ByteLevel", trim_offsets: true }]),
  decoder: sequence("decoders", [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    { type: "Strip", content: " ", start: 1, stop: 0 },
  ]),
  model: {
    ...{ type: "BPE", unk_token: "<unk>", fuse_unk: false, byte_fallback: false, ignore_merges: false },
    vocab: { "</s>": 0, "<unk>": 1, a: 2, b: 3, "▁": 4, ab: 5, "▁ab": 6 },
    merges: [
      ["a", "b"],
      ["▁", "ab"],
    ],
  },
};

const wordPiece = {
  added_tokens: [added(0, "</s>")],
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: bert,
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    ...{ type: "WordPiece", unk_token: "<unk>", continuing_subword_prefix: "##", max_input_chars_per_word: 100 },
    vocab: { "</s>": 0, "<unk>": 1, a: 2, "##b": 3, ".": 4 },
  },
};

const unigram = {
  normalizer: { type: "Precompiled", precompiled_charsmap: "BAAAAAAAAAAA" },
  pre_tokenizer: sequence("pretokenizers", [{ type: "WhitespaceSplit" }, metaspace]),
  post_processor: { ...bert, type: "RobertaProcessing" },
  decoder: sequence("decoders", [metaspace, { type: "CTC", pad_token: "a", word_delimiter_token: "|", cleanup: true }]),
  model: {
    type: "Unigram",
    unk_id: 0,
    vocab: [
      ["<unk>", 0],
      ["</s>", 0],
      ["▁", -2],
      ["a", -1.5],
      ["▁ab", -3],
    ],
  },
};

const wordLevel = {
  added_tokens: [{ ...added(9, "<x>"), normalized: true, single_word: true, rstrip: true }],
  normalizer: sequence("normalizers", [{ type: "NFKD" }, { type: "StripAccents" }]),
  pre_tokenizer: sequence("pretokenizers", [
    { type: "Whitespace" },
    { type: "Punctuation", behavior: "Isolated" },
    byteLevel,
  ]),
  decoder: sequence("decoders", [{ type: "BPEDecoder", suffix: "</w>" }, byteLevel]),
  model: { type: "WordLevel", unk_token: "<unk>", vocab: { "<unk>": 0, a: 1, b: 2 } },
};

const configs = { eos_token: "</s>", pad_token: { content: "a" }, unk_token: null, clean_up_tokenization_spaces: true };
const texts = ["", "a b", "ab\tab. 12 é!", "</s>x<x>", "\u{1F600}\ud800 中文"];
const asBytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

/** A tokenizer is read, and then applied: what of its file does not fit may only show there. */
async function load(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const tokenizer = await loadTokenizer(folder);
  const { vocabSize, eosId, padId, unkId, bosId, specialIds } = tokenizer;
  for (const id of [eosId, padId, unkId, bosId, ...specialIds]) {
    if (id !== undefined && !(id >= 0 && id < vocabSize)) throw new Error(`id ${id} of ${vocabSize}`);
  }
  for (const text of texts) {
    await outcomeOf(() => {
      const ids = tokenizer.encode(text);
      if (tokenizer.tokens(ids).length !== ids.length) throw new Error("ids without tokens");
      tokenizer.decode(ids);
    });
  }
  await outcomeOf(() => tokenizer.decode([0, 1, 2, vocabSize - 1], { skipSpecialTokens: false }));
}

/** tokenizer.json, and the tokenizer_config.json beside it. */
export const tokenizerTargets: readonly Target[] = [
  {
    name: "tokenizer",
    seeds: [bpe, wordPiece, unigram, wordLevel].map(asBytes),
    mutations: jsonMutations,
    read: (file, _, folder) => load(folder, { "tokenizer.json": file, "tokenizer_config.json": asBytes(configs) }),
  },
  {
    name: "tokenizer-config",
    seeds: [asBytes(configs)],
    mutations: jsonMutations,
    read: (file, _, folder) => load(folder, { "tokenizer.json": asBytes(bpe), "tokenizer_config.json": file }),
  },
];
