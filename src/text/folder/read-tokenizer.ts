import { parseJson } from "../../json.ts";
import { byteLevel } from "./byte-level.ts";
import { familyOf } from "./families.ts";
import { needFile, readFileOf, readObject, type TokenizerFile, type TokenizerFiles } from "./files.ts";
import { m2m100 } from "./m2m100.ts";
import { marian } from "./marian.ts";
import { pieceFamilies } from "./piece-families.ts";
import { pieceTokenizer } from "./piece-tokenizer.ts";
import { readSentencePiece } from "./sentencepiece.ts";
import { readSettings, type Settings } from "./settings.ts";
import { wordPiece } from "./word-piece.ts";

/** What `Tokenizer.open` takes. */
export interface TokenizerFilesRead {
  /** The tokenizer.json, as parsed or as made. */
  readonly json: unknown;
  /** The tokenizer_config.json. */
  readonly config: unknown;
}

/** The tokenizer of a folder. Of Marian's that of source texts. */
export interface FolderTokenizer extends TokenizerFilesRead {
  /** Where translations are spelled otherwise than source texts: their tokenizer. */
  readonly target?: TokenizerFilesRead;
}

/** The names that a model of SentencePiece has in folders. */
const MODELS = ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "sentencepiece.model"];

/** Files any of which make a tokenizer, with others. */
const VOCABULARIES: readonly string[] = ["vocab.txt", "vocab.json", "source.spm", ...MODELS];

/** The files of a whole tokenizer. */
export const tokenizerFiles = { json: "tokenizer.json", config: "tokenizer_config.json" } as const;

/** Those of the tokenizer of translations, where it is another one. Only Heed knows them. */
export const targetTokenizerFiles = {
  json: "target_tokenizer.json",
  config: "target_tokenizer_config.json",
} as const;

/**
 * Reads the tokenizer of a Hugging Face folder: its tokenizer.json or, where there is none, what its class in Python's
 * transformers makes of the other files: vocab.txt; vocab.json and merges.txt; a model of SentencePiece; Marian's two.
 *
 * @param modelType The `model_type` of the model beside it; undefined: that of config.json, if there is one.
 * @returns undefined where the folder holds no file of a tokenizer's.
 * @throws HeedError FORMAT_INVALID, FILE_NOT_FOUND when a file is missing that another needs, MODEL_UNSUPPORTED for other
 *   classes; each names the file.
 */
export async function readTokenizer(files: TokenizerFiles, modelType?: string): Promise<FolderTokenizer | undefined> {
  const whole = await readPair(files, tokenizerFiles);
  if (whole !== undefined) {
    const target = await readPair(files, targetTokenizerFiles);
    return target === undefined ? whole : { ...whole, target };
  }
  const vocabulary = await firstOf(files, VOCABULARIES);
  return vocabulary && convert(files, vocabulary, modelType);
}

async function readPair(
  files: TokenizerFiles,
  names: { readonly json: string; readonly config: string },
): Promise<TokenizerFilesRead | undefined> {
  const file = await readFileOf(files, names.json);
  if (file === undefined) return undefined;
  return { json: parseJson(file.bytes, file.path), config: await readObject(files, names.config) };
}

async function convert(files: TokenizerFiles, found: TokenizerFile, modelType?: string): Promise<FolderTokenizer> {
  const settings = await readSettings(files);
  const model = modelType === undefined ? await readObject(files, "config.json") : { model_type: modelType };
  const tokenizerClass = settings.config.tokenizer_class ?? model?.tokenizer_class;
  const family = familyOf(tokenizerClass, model?.model_type, settings.path);
  switch (family.kind) {
    case "wordPiece":
      return wordPiece(
        await needFile(files, "vocab.txt", "in which the tokens of a WordPiece tokenizer stand"),
        settings,
      );
    case "byteLevel": {
      const vocabulary = await needFile(files, "vocab.json", "in which the tokens stand");
      const merges = await needFile(files, "merges.txt", `which ${vocabulary.path} needs`);
      return byteLevel(vocabulary, merges, family.family, settings);
    }
    case "pieces":
      return pieceTokenizer(readSentencePiece(await modelFile(files, found)), family.family, settings);
    case "m2m100":
      return translation(files, found, settings);
    case "marian": {
      const { source, target } = await marian(files, settings);
      return { ...source, target };
    }
  }
}

/** NLLB's models are of M2M-100's type; they have no vocab.json. */
async function translation(files: TokenizerFiles, found: TokenizerFile, settings: Settings): Promise<FolderTokenizer> {
  const model = readSentencePiece(await modelFile(files, found));
  const vocabulary = await readFileOf(files, "vocab.json");
  if (vocabulary !== undefined) return m2m100(model, vocabulary, settings);
  return pieceTokenizer(model, pieceFamilies.nllb, settings);
}

async function modelFile(files: TokenizerFiles, found: TokenizerFile): Promise<TokenizerFile> {
  const model = await firstOf(files, MODELS);
  if (model !== undefined) return model;
  return needFile(files, "sentencepiece.bpe.model", `the model of SentencePiece that belongs to ${found.path}`);
}

async function firstOf(files: TokenizerFiles, names: readonly string[]): Promise<TokenizerFile | undefined> {
  for (const name of names) {
    const file = await readFileOf(files, name);
    if (file !== undefined) return file;
  }
  return undefined;
}
