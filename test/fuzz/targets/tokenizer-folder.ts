import { readFileSync } from "node:fs";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "../../../src/text/folder/generated/sentencepiece_pb.ts";
import { readTokenizer } from "../../../src/text/folder/read-tokenizer.ts";
import { Tokenizer } from "../../../src/text/index.ts";
import { jsonMutations } from "../mutations/json.ts";
import type { Mutation } from "../mutations/mutation.ts";
import { outcomeOf, type Target } from "../target.ts";

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/tokenizer-folders/${name}`, import.meta.url)));
const asBytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
const texts = ["", "a b", "the  bakery\tＡ. 12 é!", "</s>x>>fra<<", "\u{1F600}\ud800 中文 <0x41>"];

type Files = Readonly<Record<string, Uint8Array>>;

/** Reads a folder, and applies its tokenizers: what of a file does not fit may only show there. */
async function load(files: Files): Promise<void> {
  const found = await readTokenizer({ location: "some/folder", read: async (name) => files[name] });
  for (const made of [found, found?.target]) {
    if (made === undefined) continue;
    const tokenizer = Tokenizer.fromJSON(made.json, made.config, "some/folder");
    for (const text of texts) {
      await outcomeOf(() => tokenizer.decode(tokenizer.encode(text)));
      await outcomeOf(() => tokenizer.encodePair(text, text));
    }
  }
}

const named = (tokenizer_class: string, more: object = {}) => asBytes({ tokenizer_class, ...more });

/** A folder in which one file is replaced by what is read. */
function target(
  name: string,
  file: string,
  seeds: readonly Uint8Array[],
  others: Files,
  mutations: readonly Mutation[],
) {
  return { name, seeds, mutations, read: (bytes: Uint8Array) => load({ ...others, [file]: bytes }) } satisfies Target;
}

/** A model of Unigram (1) or of byte-pair encoding (2) with a few pieces. */
function smallModel(modelType: number): Uint8Array {
  const tokens = ["<pad>", "</s>", "<unk>", "▁", "a", "b", "ab", "▁ab", "<sep>"];
  const types: Readonly<Record<string, number>> = { "<pad>": 3, "</s>": 3, "<unk>": 2, "<sep>": 4 };
  const pieces = tokens.map((piece, id) => ({ piece, score: -id, type: types[piece] ?? 1 }));
  const precompiledCharsmap = Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0);
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { pieces, trainerSpec: { modelType }, normalizerSpec: { precompiledCharsmap } }),
  );
}

const marian = ["vocab.json", "source.spm", "target.spm"].map((name) => [name, fixture(`marian/${name}`)] as const);
const settings = {
  ...{ tokenizer_class: "T5Tokenizer", extra_ids: 3, add_bos_token: true, legacy: false, add_prefix_space: true },
  additional_special_tokens: ["<extra_id_0>", { content: "<x>", lstrip: true }],
  added_tokens_decoder: { 900: { content: "<new>", special: true, normalized: false } },
  ...{ eos_token: { content: "</s>", rstrip: true }, unk_token: "<unk>", src_lang: "de_DE" },
};

/** The files of a folder without a tokenizer.json. */
export const tokenizerFolderTargets: readonly Target[] = [
  target(
    "sentencepiece",
    "spiece.model",
    [...[1, 2].map(smallModel), ...["t5/spiece.model", "llama/tokenizer.model", "gemma/tokenizer.model"].map(fixture)],
    { "tokenizer_config.json": named("T5Tokenizer") },
    [],
  ),
  target(
    "vocabulary",
    "vocab.json",
    [fixture("gpt2/vocab.json")],
    { "merges.txt": fixture("gpt2/merges.txt"), "tokenizer_config.json": named("GPT2Tokenizer") },
    jsonMutations,
  ),
  target(
    "merges",
    "merges.txt",
    [fixture("gpt2/merges.txt")],
    { "vocab.json": fixture("gpt2/vocab.json"), "tokenizer_config.json": named("GPT2Tokenizer") },
    [],
  ),
  target(
    "word-piece",
    "vocab.txt",
    [fixture("bert/vocab.txt")],
    { "tokenizer_config.json": named("BertTokenizer") },
    [],
  ),
  target(
    "marian-vocabulary",
    "vocab.json",
    [fixture("marian/vocab.json")],
    { ...Object.fromEntries(marian), "tokenizer_config.json": named("MarianTokenizer") },
    jsonMutations,
  ),
  target(
    "tokenizer-settings",
    "tokenizer_config.json",
    [settings, { ...settings, tokenizer_class: "MBartTokenizer" }, { ...settings, tokenizer_class: "Llama" }].map(
      asBytes,
    ),
    { "spiece.model": fixture("xlm-roberta/sentencepiece.bpe.model") },
    jsonMutations,
  ),
];
