import { HeedError } from "../../error.ts";
import { type ByteLevelFamily, byteLevelFamilies } from "./byte-level.ts";
import { type PieceFamily, pieceFamilies } from "./piece-families.ts";

/** A family of tokenizers: which files it has, and what is made of them. */
export type Family =
  | { readonly kind: "wordPiece" }
  | { readonly kind: "byteLevel"; readonly family: ByteLevelFamily }
  | { readonly kind: "pieces"; readonly family: PieceFamily }
  | { readonly kind: "marian" }
  | { readonly kind: "m2m100" };

const bytes = (family: ByteLevelFamily): Family => ({ kind: "byteLevel", family });
const pieces = (family: PieceFamily): Family => ({ kind: "pieces", family });

/** By the `tokenizer_class` of a tokenizer_config.json, without "Tokenizer" and "Fast". */
const classes: Readonly<Record<string, Family>> = {
  Bert: { kind: "wordPiece" },
  DistilBert: { kind: "wordPiece" },
  GPT2: bytes(byteLevelFamilies.gpt2),
  GPTNeoX: bytes(byteLevelFamilies.gptNeoX),
  Qwen2: bytes(byteLevelFamilies.qwen2),
  Roberta: bytes(byteLevelFamilies.roberta),
  Bart: bytes(byteLevelFamilies.roberta),
  XLMRoberta: pieces(pieceFamilies.xlmRoberta),
  MBart: pieces(pieceFamilies.mbart),
  MBart50: pieces(pieceFamilies.mbart50),
  Nllb: pieces(pieceFamilies.nllb),
  M2M100: { kind: "m2m100" },
  T5: pieces(pieceFamilies.t5),
  MT5: pieces(pieceFamilies.t5),
  Pegasus: pieces(pieceFamilies.pegasus),
  Llama: pieces(pieceFamilies.llama),
  Gemma: pieces(pieceFamilies.gemma),
  Marian: { kind: "marian" },
};

/** The class of a model type's tokenizer, by the `model_type` of a config.json. */
const ofModels: Readonly<Record<string, string>> = {
  ...{ bert: "Bert", distilbert: "DistilBert", roberta: "Roberta", "xlm-roberta": "XLMRoberta" },
  ...{ gpt2: "GPT2", gpt_neox: "GPTNeoX", qwen2: "Qwen2", qwen3: "Qwen2", llama: "Llama", mistral: "Llama" },
  ...{ gemma: "Gemma", gemma2: "Gemma", gemma3: "Gemma", gemma3_text: "Gemma" },
  ...{ t5: "T5", mt5: "T5", umt5: "T5", pegasus: "Pegasus", marian: "Marian", bart: "Bart" },
  ...{ mbart: "MBart", m2m_100: "M2M100", nllb: "Nllb" },
};

/**
 * The family of a folder's tokenizer: that of its class or, where that is a general one or none, of its model.
 *
 * @throws HeedError MODEL_UNSUPPORTED when Heed has none of that name.
 */
export function familyOf(tokenizerClass: unknown, modelType: unknown, path: string): Family {
  const name = typeof tokenizerClass === "string" ? tokenizerClass.replace(/Tokenizer(Fast)?$/, "") : "";
  if (Object.hasOwn(classes, name)) return classes[name]!;
  const isGeneral = name === "" || name === "PreTrained";
  const ofModel = typeof modelType === "string" && Object.hasOwn(ofModels, modelType) ? ofModels[modelType] : undefined;
  if (isGeneral && ofModel !== undefined) return classes[ofModel]!;
  const what = isGeneral
    ? `names no tokenizer_class, and the model is of no type that tells it`
    : `names ${name}Tokenizer`;
  const known = Object.keys(classes).map((known) => `${known}Tokenizer`);
  const advice = `Without a tokenizer.json Heed opens ${known.join(", ")}. Add a tokenizer.json to the folder`;
  throw new HeedError("MODEL_UNSUPPORTED", `${path} ${what}. ${advice}, or use another model.`, { path });
}
