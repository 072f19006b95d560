import { HeedError } from "../error.ts";
import type { Ids } from "../inference/sequences.ts";
import type { ModelConfig } from "../models/family.ts";

/** From which language to which, where a model knows several. */
export interface LanguageOptions {
  /** The source's language, as the model names it: "en_XX" (mBART), "eng_Latn" (NLLB), "en" (M2M-100). */
  readonly from?: string | undefined;
  /** The language to translate into; Marian's models of many languages name theirs "fra". */
  readonly to?: string | undefined;
}

/** What is needed of a tokenizer to find its tokens of languages. */
interface LanguageTokenizer {
  encode(text: string): Int32Array;
  idToToken(id: number): string | undefined;
}

/** How the token of a source's language is spelled: as "en_XX" in mBART, "eng_Latn" in NLLB, "__en__" in M2M-100. */
const ENDS = [/^([a-z]{2,3}_[A-Z]{2})$/, /^([a-z]{3}_[A-Z][a-z]{3})$/, /^__([a-z]{2,3})__$/] as const;
/** How Marian spells the language to translate into, before the source: ">>fra<<". */
const BEGINNING = /^>>(.+)<<$/;

/**
 * The languages of a model, and how it is told of them. In mBART-50, NLLB and M2M-100 a source begins with the token of
 * its language, in mBART and older NLLB it ends with it; their decoders are told the other language by the first token
 * that they write, but that mBART's begin with it. Marian has one token only, before the source: of the language to
 * translate into.
 */
export class Languages {
  readonly #tokenizer: LanguageTokenizer;
  readonly #config: ModelConfig;
  readonly #place: "first" | "last" | "none";
  readonly #spelling: RegExp;
  #found: ReadonlyMap<string, number> | undefined;

  constructor(tokenizer: LanguageTokenizer, config: ModelConfig) {
    this.#tokenizer = tokenizer;
    this.#config = config;
    const around = tokenizer.encode("");
    const [first, last] = [this.#spellingOf(around[0]), this.#spellingOf(around.at(-1))];
    this.#place = first ? "first" : last ? "last" : "none";
    this.#spelling = first ?? last ?? BEGINNING;
  }

  /** The ids of a source, with the languages named. Errors: CONFIG_INVALID for a language that is not known. */
  source(ids: Int32Array, { from, to }: LanguageOptions): Int32Array {
    if (this.#place !== "none") return from === undefined ? ids : this.#marked(ids, this.#id("from", from));
    if (from !== undefined) throw this.#untold("from");
    return to === undefined ? ids : Int32Array.of(this.#id("to", to), ...ids);
  }

  /** The token that the translation is to begin with, if any. Errors: as `source`. */
  firstToken({ to }: LanguageOptions): number | undefined {
    if (to === undefined || this.#place === "none") return undefined;
    const [id, start] = [this.#id("to", to), this.#config.decoderStartTokenId];
    if (id === start) return undefined;
    if (!this.#spellingOf(start)) return id;
    const only = this.#tokenizer.idToToken(start!);
    throw new HeedError("CONFIG_INVALID", `to: this model translates into ${only} only, found "${to}".`, {
      path: "to",
    });
  }

  /** The ids of a given translation as the decoder writes them, beginning with the token `first`, if any. */
  target(ids: Int32Array, first: number | undefined): Int32Array {
    if (this.#place === "none") return ids;
    if (this.#place === "first") return first === undefined ? ids : this.#marked(ids, first);
    return Int32Array.of(...(first === undefined ? [] : [first]), ...ids.subarray(0, -1));
  }

  #marked(ids: Int32Array, language: number): Int32Array {
    const marked = ids.slice();
    marked[this.#place === "first" ? 0 : ids.length - 1] = language;
    return marked;
  }

  #spellingOf(id: number | undefined): RegExp | undefined {
    const token = id === undefined ? undefined : this.#tokenizer.idToToken(id);
    return token === undefined ? undefined : ENDS.find((spelling) => spelling.test(token));
  }

  /** By their names and by their tokens. */
  #id(path: "from" | "to", language: string): number {
    this.#found ??= this.#find();
    const id = this.#found.get(this.#spelling.exec(language)?.[1] ?? language);
    if (id !== undefined) return id;
    if (this.#found.size === 0) throw this.#untold(path);
    const known = [...this.#found.keys()].sort().join(", ");
    throw new HeedError("CONFIG_INVALID", `${path}: "${language}" is no language of this model. It knows: ${known}.`, {
      path,
    });
  }

  #find(): Map<string, number> {
    const found = new Map<string, number>();
    for (let id = 0; id < this.#config.vocabSize; id++) {
      const [, name] = this.#spelling.exec(this.#tokenizer.idToToken(id) ?? "") ?? [];
      if (name !== undefined) found.set(name, id);
    }
    return found;
  }

  #untold(path: "from" | "to"): HeedError {
    const what = path === "from" ? "the language of the source" : "which language to translate into";
    return new HeedError("CONFIG_INVALID", `${path}: this model is not told ${what}. Leave it out.`, { path });
  }
}

/** How many ids stand behind the text of a source: its end, and what is behind that. */
export function endingOf(ids: Ids, { eosTokenId }: Pick<ModelConfig, "eosTokenId">): number {
  const last = ids.length - 1;
  return last > 0 && ids[last] !== eosTokenId && ids[last - 1] === eosTokenId ? 2 : 1;
}
