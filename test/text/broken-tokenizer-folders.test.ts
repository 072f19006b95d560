import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readTokenizer } from "../../src/text/folder/read-tokenizer.ts";
import { Tokenizer } from "../../src/text/index.ts";

const fixture = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../fixtures/tokenizer-folders/${name}`, import.meta.url)));
const bytes = (text: string) => new TextEncoder().encode(text);
const config = (tokenizer_class: string, more: object = {}) => bytes(JSON.stringify({ tokenizer_class, ...more }));

function read(files: Readonly<Record<string, Uint8Array | string>>, modelType?: string) {
  const content = (name: string) => (typeof files[name] === "string" ? bytes(files[name]) : files[name]);
  return readTokenizer({ location: "some/folder", read: async (name) => content(name) }, modelType);
}

const llama = await fixture("llama/tokenizer.model");
const spiece = await fixture("t5/spiece.model");

/** Bytes of protobuf: one field of a length-delimited type. */
const field = (number: number, content: Uint8Array) => Uint8Array.of((number << 3) | 2, content.length, ...content);
const piece = (token: string, ...more: number[]) => field(1, Uint8Array.of(...field(1, bytes(token)), ...more));
const model = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

describe("a broken folder of a tokenizer is told by its file", () => {
  const t5 = { "tokenizer_config.json": config("T5Tokenizer") };
  const gpt2 = { "tokenizer_config.json": config("GPT2Tokenizer") };
  const marian = { "tokenizer_config.json": config("MarianTokenizer"), "source.spm": spiece, "target.spm": spiece };

  it.each<[what: string, files: Record<string, Uint8Array | string>, code: string, file: string, message: string]>([
    [
      "a model that is cut",
      { ...t5, "spiece.model": spiece.slice(0, -3) },
      "FORMAT_INVALID",
      "spiece.model",
      "not whole",
    ],
    ["a model that is none", { ...t5, "spiece.model": "hello" }, "FORMAT_INVALID", "spiece.model", "no model of"],
    ["an empty model", { ...t5, "spiece.model": "" }, "FORMAT_INVALID", "spiece.model", "holds no pieces"],
    [
      "a piece that is empty",
      { ...t5, "spiece.model": model(piece("")) },
      "FORMAT_INVALID",
      "spiece.model",
      "is empty",
    ],
    [
      ...(["a piece that is there twice", { ...t5, "spiece.model": model(piece("a"), piece("a")) }] as const),
      ...(["FORMAT_INVALID", "spiece.model", '"a" is there twice'] as const),
    ],
    [
      ...(["a model without an unknown token", { ...t5, "spiece.model": model(piece("a")) }] as const),
      ...(["FORMAT_INVALID", "spiece.model", 'lacks the unknown token, "<unk>"'] as const),
    ],
    [
      ...(["a score that is no number", { ...t5, "spiece.model": model(piece("a", 0x15, 0, 0, 0xc0, 0x7f)) }] as const),
      ...(["FORMAT_INVALID", "spiece.model", "the score of piece 0"] as const),
    ],
    [
      ...(["a model of words", { ...t5, "spiece.model": model(piece("a"), Uint8Array.of(0x12, 2, 0x18, 3)) }] as const),
      ...(["MODEL_UNSUPPORTED", "spiece.model", "neither by Unigram nor by"] as const),
    ],
    [
      ...(["a vocab.json that is no object", { ...gpt2, "vocab.json": "[1]", "merges.txt": "" }] as const),
      ...(["FORMAT_INVALID", "vocab.json", "no JSON object"] as const),
    ],
    [
      ...(["an id that is none", { ...gpt2, "vocab.json": '{"a": -1}', "merges.txt": "" }] as const),
      ...(["FORMAT_INVALID", "vocab.json", 'the id of "a"'] as const),
    ],
    [
      ...(["two tokens of one id", { ...gpt2, "vocab.json": '{"a": 1, "b": 1}', "merges.txt": "" }] as const),
      ...(["FORMAT_INVALID", "vocab.json", '"a" and "b" have the same id, 1'] as const),
    ],
    [
      ...(["a merge of unknown tokens", { ...gpt2, "vocab.json": '{"a": 0, "b": 1}', "merges.txt": "a b" }] as const),
      ...(["FORMAT_INVALID", "merges.txt", 'line 1 needs "ab", which is not in some/folder/vocab.json'] as const),
    ],
    [
      ...(["a merge of three", { ...gpt2, "vocab.json": '{"a": 0}', "merges.txt": "#version: 0.2\na a a" }] as const),
      ...(["FORMAT_INVALID", "merges.txt", "line 2 is not two tokens"] as const),
    ],
    ["a vocab.json alone", { ...gpt2, "vocab.json": '{"a": 0}' }, "FILE_NOT_FOUND", "merges.txt", "vocab.json needs"],
    [
      ...([
        "a vocab.txt without an unknown token",
        { ...{ "tokenizer_config.json": config("BertTokenizer") } },
      ] as const),
      ...(["FORMAT_INVALID", "vocab.txt", 'the unknown token, "[UNK]"'] as const),
    ],
    ["a folder of Marian's that lacks a file", marian, "FILE_NOT_FOUND", "vocab.json", "the tokenizer of Marian's"],
    [
      ...(["a vocab.json of Marian's with a gap", { ...marian, "vocab.json": '{"</s>": 0, "<unk>": 5}' }] as const),
      ...(["FORMAT_INVALID", "vocab.json", "there must be no gap"] as const),
    ],
    [
      ...(["a vocab.json of Marian's without an end", { ...marian, "vocab.json": '{"<unk>": 0}' }] as const),
      ...(["FORMAT_INVALID", "vocab.json", 'lacks "</s>"'] as const),
    ],
    [
      "a language that is none",
      { "tokenizer_config.json": config("MBartTokenizer", { src_lang: "xx" }), "sentencepiece.bpe.model": spiece },
      ...(["FORMAT_INVALID", "tokenizer_config.json", 'src_lang is "xx"'] as const),
    ],
    [
      "a number of sentinels that is none",
      { "tokenizer_config.json": config("T5Tokenizer", { extra_ids: 1e9 }), "spiece.model": spiece },
      ...(["FORMAT_INVALID", "tokenizer_config.json", "extra_ids must be a whole number from 0 to 10000"] as const),
    ],
    [
      "an added token with the id of another",
      { ...t5, "spiece.model": spiece, "added_tokens.json": '{"<new>": 3}' },
      ...(["FORMAT_INVALID", "spiece.model", 'the id 3, which is to be that of the added token "<new>"'] as const),
    ],
    [
      "a class that Heed does not know",
      { "tokenizer_config.json": config("CTRLTokenizer"), "vocab.json": "{}" },
      ...(["MODEL_UNSUPPORTED", "tokenizer_config.json", "names CTRLTokenizer"] as const),
    ],
    [
      "a folder that does not tell its class",
      { "vocab.json": "{}" },
      "MODEL_UNSUPPORTED",
      "tokenizer_config.json",
      "no type",
    ],
  ])("%s", async (_, files, code, file, message) => {
    const all = file === "vocab.txt" ? { ...files, "vocab.txt": "a\nb\n" } : files;
    await expect(read(all)).rejects.toMatchObject({ code, path: `some/folder/${file}` });
    await expect(read(all)).rejects.toThrow(message);
    await expect(read(all)).rejects.toThrow(`some/folder/${file}`);
  });
});

describe("the family of a tokenizer", () => {
  it("is that of the model where no class is named", async () => {
    const { json, config } = (await read({ "tokenizer.model": llama }, "mistral"))!;
    const tokenizer = Tokenizer.fromJSON(json, config);
    expect(tokenizer.tokens(tokenizer.encode("the"))).toEqual(["<s>", "▁the"]);
    const files = { "tokenizer.model": llama, "config.json": '{"model_type": "llama"}' };
    expect((await read(files))?.json).toEqual(json);
    const general = {
      "tokenizer.model": llama,
      "tokenizer_config.json": bytes('{"tokenizer_class": "PreTrainedTokenizerFast"}'),
    };
    expect((await read(general, "mistral"))?.json).toEqual(json);
  });

  it("is none in a folder without the files of one", async () => {
    expect(await read({ "config.json": "{}" })).toBeUndefined();
  });
});
