import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { HeedError } from "../error.ts";
import { fallBackAsReference } from "./byte-fallback.ts";
import { decodeAsReference } from "./decoders.ts";
import type { Library } from "./library.ts";
import { normalizeAsReference } from "./normalizers.ts";
import { asReference } from "./reference.ts";
import { addedToken } from "./special-tokens.ts";
import {
  type AddedToken,
  modelType,
  specialRoles,
  type TokenizerConfigJson,
  type TokenizerJson,
  tokenInRole,
} from "./tokenizer-json.ts";
import { fuseUnknown } from "./unknown-runs.ts";

/**
 * Opens a tokenizer.json with `@huggingface/tokenizers`, such that it splits text as the reference implementation does
 * (Hugging Face's `tokenizers`, in Rust).
 *
 * @throws HeedError MODEL_UNSUPPORTED when the file uses a part that the library does not have or reads otherwise.
 */
export function openLibrary(json: TokenizerJson, config: TokenizerConfigJson, path: string): Library {
  try {
    if (json.model.merges !== undefined && json.model.continuing_subword_prefix) {
      throw new Error("byte-pair encoding with a continuing_subword_prefix");
    }
    const readable = {
      ...json,
      model: { ...json.model, type: modelType(json) },
      added_tokens: [...(json.added_tokens ?? []), ...tokensOfConfig(json, config)],
      normalizer: json.normalizer ?? null,
      pre_tokenizer: json.pre_tokenizer ? asReference(json.pre_tokenizer) : null,
      post_processor: json.post_processor ?? null,
      decoder: json.decoder ?? null,
    };
    const library = new HuggingFaceTokenizer(readable, config) as Library;
    normalizeAsReference(library);
    fallBackAsReference(library, readable.model);
    if (readable.model.type === "Unigram") fuseUnknown(library);
    decodeAsReference(library);
    tryOut(library);
    return library;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${path} uses what Heed does not support: ${reason}. Use another tokenizer.`;
    throw new HeedError("MODEL_UNSUPPORTED", message, { path, cause });
  }
}

/** What of a file does not fit may only show when it is applied; so does a regular expression that is too large. */
function tryOut(library: Library): void {
  const { ids } = library.encode("It's 1\u4E2D.", { add_special_tokens: true });
  const known = ids.filter((id) => id !== undefined && library.id_to_token(id) !== undefined) as number[];
  if (known.length > 0) library.decode(known, { clean_up_tokenization_spaces: true });
}

/** As in transformers, what tokenizer_config.json names is special, even where tokenizer.json does not list it. */
function tokensOfConfig(json: TokenizerJson, config: TokenizerConfigJson): AddedToken[] {
  const listed = new Set(json.added_tokens?.map((token) => token.content));
  const named = new Set(specialRoles.map((role) => tokenInRole(config, role)));
  return [...named].flatMap((token) => {
    if (token === undefined || listed.has(token)) return [];
    const id = idInVocabulary(json.model.vocab, token);
    return id === undefined ? [] : [addedToken(token, id)];
  });
}

function idInVocabulary(vocab: TokenizerJson["model"]["vocab"], token: string): number | undefined {
  if (!isScored(vocab)) return Object.hasOwn(vocab, token) ? vocab[token] : undefined;
  const id = vocab.findIndex(([content]) => content === token);
  return id < 0 ? undefined : id;
}

function isScored(vocab: TokenizerJson["model"]["vocab"]): vocab is readonly (readonly [string, number])[] {
  return Array.isArray(vocab);
}
