import { HeedError } from "../error.ts";
import { pacer } from "../pacer.ts";
import { BpeDropout, type MergeDropout, mergesPairs } from "./bpe-dropout.ts";
import type { Library } from "./library.ts";
import { openLibrary } from "./open-library.ts";
import {
  checkTokenizerConfigJson,
  checkTokenizerJson,
  lowercases,
  type SpecialRole,
  type TokenizerConfigJson,
  type TokenizerJson,
  tokenInRole,
} from "./tokenizer-json.ts";
import { spelledInBytes, unknownPieces } from "./unknown.ts";
import { wellFormed } from "./well-formed.ts";

export interface EncodeTextOptions {
  /**
   * Whether to add what the tokenizer puts around a text (say, `</s>` after it); default: true. A special token that is
   * spelled out in the text itself is that token either way.
   */
  readonly addSpecialTokens?: boolean | undefined;
  /** Leaves out merges of byte-pair encoding at random, so that a text is met in many spellings; for training. */
  readonly dropout?: MergeDropout | undefined;
}

/**
 * Turns text into token ids and back, as a tokenizer.json says.
 *
 * Ids are those that Hugging Face's `tokenizers` gives in Python, whose JavaScript sister does the work. They can differ
 * only for letters so new that just one of the two knows Unicode's version with them.
 */
export class Tokenizer {
  /** The number of ids: one more than the highest. */
  readonly vocabSize: number;
  /** The token that ends a sequence, where tokenizer_config.json names one; likewise the four below. */
  readonly eosId: number | undefined;
  /** The token that begins a sequence. */
  readonly bosId: number | undefined;
  /** The token that fills up the shorter sequences of a batch. */
  readonly padId: number | undefined;
  /** The token that hides another, which a model is to guess. */
  readonly maskId: number | undefined;
  /** The token for what the vocabulary cannot write: see `unknown`. One that spells in bytes needs none. */
  readonly unkId: number | undefined;
  /** Whether texts lose their capitals, and translations have none. */
  readonly lowercase: boolean;
  /** Whether tokens are formed by merging a word's characters in pairs, so that `encode` can leave out merges. */
  readonly mergesPairs: boolean;
  /** The ids of all special tokens. */
  readonly specialIds: ReadonlySet<number>;

  readonly #json: TokenizerJson;
  readonly #config: TokenizerConfigJson;
  readonly #library: Library;
  #dropout: BpeDropout | undefined;

  private constructor(json: TokenizerJson, config: TokenizerConfigJson, library: Library) {
    this.#json = json;
    this.#config = config;
    this.#library = library;
    this.vocabSize = library.model.vocab.length;
    this.eosId = this.#idInRole("eos_token");
    this.bosId = this.#idInRole("bos_token");
    this.padId = this.#idInRole("pad_token");
    this.maskId = this.#idInRole("mask_token");
    this.unkId = this.#idInRole("unk_token") ?? library.model.unk_token_id ?? undefined;
    this.lowercase = lowercases(json.normalizer);
    this.mergesPairs = mergesPairs(json);
    const added = [...library.get_added_tokens_decoder().values()];
    this.specialIds = new Set(added.filter((token) => token.special).map((token) => token.id));
  }

  /**
   * Reads a tokenizer.
   *
   * @param json The content of a tokenizer.json.
   * @param config The content of the tokenizer_config.json beside it, which names the special tokens.
   * @param folder Where the two come from, for the messages of errors.
   * @throws HeedError FORMAT_INVALID when one of them is broken, MODEL_UNSUPPORTED when it needs what Heed lacks.
   */
  static fromJSON(json: unknown, config: unknown = {}, folder?: string): Tokenizer {
    return Tokenizer.#of(checked(json, config, folder));
  }

  /** As `fromJSON`, but that the event loop has its turn in between: a large vocabulary takes a while. */
  static async open(json: unknown, config: unknown = {}, folder?: string): Promise<Tokenizer> {
    if (pacer.due()) await pacer.rest();
    const description = checked(json, config, folder);
    if (pacer.due()) await pacer.rest();
    return Tokenizer.#of(description);
  }

  static #of({ json, config, path }: Checked): Tokenizer {
    return new Tokenizer(json, config, openLibrary(json, config, path));
  }

  /**
   * The token ids of a text. A lone surrogate counts as U+FFFD.
   *
   * @throws HeedError INPUT_INVALID when the text has what the vocabulary cannot write, and no unknown token stands in;
   *   for a rate that is none; CONFIG_INVALID when merges are to be left out, and the tokenizer has none.
   */
  encode(text: string, { addSpecialTokens = true, dropout }: EncodeTextOptions = {}): Int32Array {
    const formed = wellFormed(text);
    const library = dropout === undefined ? this.#library : this.#dropping(formed, dropout);
    const { ids, tokens } = bounded(formed, () => library.encode(formed, { add_special_tokens: addSpecialTokens }));
    return idsOf(ids, tokens);
  }

  /**
   * The token ids of a pair of texts, as a model reads it whose tokenizer has a template for pairs (BERT: "[CLS] first
   * [SEP] second [SEP]"), with a type for each id: that of the text which it belongs to, as the template says.
   *
   * @throws HeedError as `encode`.
   */
  encodePair(first: string, second: string): { readonly ids: Int32Array; readonly typeIds: Int32Array } {
    const library = this.#library;
    const tokensOf = (text: string) => bounded(text, () => library.encode_text(wellFormed(text)));
    const [one, other] = [tokensOf(first), tokensOf(second)];
    const { post_processor } = library;
    const processed = post_processor?.post_process(one, other, true) ?? { tokens: [...one, ...other] };
    const { tokens, token_type_ids } = processed;
    const ids = tokens.map((token) => this.tokenToId(token) ?? library.model.unk_token_id ?? undefined);
    return { ids: idsOf(ids, tokens), typeIds: Int32Array.from(token_type_ids ?? ids.map(() => 0)) };
  }

  /**
   * What of a text the vocabulary cannot write, each once: characters, or whole words where it has no tokens for parts of
   * them. In their place `encode` gives the unknown token or, where there is none, leaves them out or throws.
   */
  unknown(text: string): string[] {
    return unknownPieces(this.#library, wellFormed(text));
  }

  /**
   * Which characters of a text are no tokens, each once, where the vocabulary falls back to bytes: `encode` spells them in
   * the tokens of their bytes, of which a model knows only what it was taught.
   */
  spelledInBytes(text: string): string[] {
    return spelledInBytes(this.#library, wellFormed(text));
  }

  /**
   * The text of token ids. Ids beyond the vocabulary, which a model with a padded vocabulary may give, have no text.
   */
  decode(
    ids: Iterable<number>,
    {
      skipSpecialTokens = true,
    }: {
      /** Whether to leave special tokens out, as it does unless told. */
      readonly skipSpecialTokens?: boolean;
    } = {},
  ): string {
    const known = [...ids].filter(
      (id) => this.idToToken(id) !== undefined && !(skipSpecialTokens && this.specialIds.has(id)),
    );
    if (known.length === 0) return "";
    const clean_up_tokenization_spaces = this.#config.clean_up_tokenization_spaces === true;
    return this.#library.decode(known, { clean_up_tokenization_spaces });
  }

  /**
   * The tokens of ids, as the vocabulary spells them: for showing what a model sees.
   *
   * @throws HeedError INPUT_INVALID for an id beyond the vocabulary.
   */
  tokens(ids: Iterable<number>): string[] {
    return Array.from(ids, (id) => {
      const token = this.idToToken(id);
      if (token !== undefined) return token;
      throw new HeedError(
        "INPUT_INVALID",
        `The id ${id} is not in the vocabulary: ids go from 0 to ${this.vocabSize - 1}.`,
      );
    });
  }

  /** The id of a token, spelled as in the vocabulary. */
  tokenToId(token: string): number | undefined {
    return this.#library.token_to_id(token);
  }

  /** The token of an id, spelled as in the vocabulary. */
  idToToken(id: number): string | undefined {
    return this.#library.id_to_token(id);
  }

  /** The tokenizer.json. */
  toJSON(): TokenizerJson {
    return this.#json;
  }

  /** The tokenizer_config.json. */
  configJSON(): TokenizerConfigJson {
    return this.#config;
  }

  #dropping(text: string, dropout: MergeDropout): Library {
    if (!this.mergesPairs) {
      const problem = "This tokenizer does not form its tokens by merging a word's characters in pairs";
      throw new HeedError("CONFIG_INVALID", `${problem}: there are no merges to leave out. Encode without dropout.`);
    }
    this.#dropout ??= new BpeDropout(this.#json, this.#config);
    this.#dropout.draw(text, dropout);
    return dropout.rate === 0 ? this.#library : this.#dropout.library;
  }

  #idInRole(role: SpecialRole): number | undefined {
    const token = tokenInRole(this.#config, role);
    return token === undefined ? undefined : this.tokenToId(token);
  }
}

/** The library's regular expressions run out of stack on a text of millions of characters. */
function bounded<T>(text: string, encode: () => T): T {
  try {
    return encode();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const problem = `A text of ${text.length} characters is more than the tokenizer can take at once.`;
    throw new HeedError("INPUT_TOO_LONG", `${problem} Split it into sentences.`, { cause });
  }
}

function idsOf(ids: readonly (number | undefined)[], tokens: readonly string[]): Int32Array {
  return Int32Array.from(ids, (id, index) => {
    if (id !== undefined) return id;
    const problem = `The tokenizer has no token for "${tokens[index]}", nor one for unknown text.`;
    throw new HeedError("INPUT_INVALID", `${problem} Leave it out of the text, or use another tokenizer.`);
  });
}

/** The two files of a tokenizer, and the path of the first for messages. */
interface Checked {
  readonly json: TokenizerJson;
  readonly config: TokenizerConfigJson;
  readonly path: string;
}

function checked(json: unknown, config: unknown, folder: string | undefined): Checked {
  const pathOf = (name: string) => (folder === undefined ? name : `${folder}/${name}`);
  const path = pathOf("tokenizer.json");
  return {
    json: checkTokenizerJson(json, path),
    config: checkTokenizerConfigJson(config, pathOf("tokenizer_config.json")),
    path,
  };
}
