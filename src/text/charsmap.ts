/** Graphemes of fewer bytes are looked up whole, others character by character. */
const WHOLE = 6;
/** Graphemes whose replacement is kept, so that frequent ones are looked up once. */
const MAX_KEPT = 10_000;

/** What cannot be one grapheme of several characters: all but what has a character beyond ASCII in it, and CR LF. */
const JOINED = /[\0-\x7f]?(?:[^\0-\x7f]+(?:\r\n|[\0-\x7f])?)+|\r\n/g;

/**
 * SentencePiece's rules of normalization, compiled: a text by which some others are replaced (Kudo and Richardson, 2018,
 * section 3.2). They are read as Hugging Face's `tokenizers` reads them. That differs from SentencePiece, where a
 * replaced text is the longest there is: here it is the shortest beginning of a grapheme that has a rule, or each of its
 * characters where the grapheme has 6 bytes or more.
 */
export class Charsmap {
  /** The units of a double-array trie (Aoe, 1989), as Darts-clone lays them out. */
  readonly #trie: Uint32Array;
  /** The replacements, each ended by a zero byte. */
  readonly #replacements: Uint8Array;
  readonly #kept = new Map<string, string>();
  readonly #segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

  /**
   * @param bytes The size of the trie in bytes as a little-endian uint32, the trie, the replacements.
   * @throws Error when they are not that.
   */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.length < 4 ? Number.NaN : view.getUint32(0, true);
    if (!(size <= bytes.length - 4 && size % 4 === 0 && size > 0)) throw new Error("a broken precompiled_charsmap");
    this.#trie = Uint32Array.from({ length: size / 4 }, (_, unit) => view.getUint32(4 + 4 * unit, true));
    this.#replacements = bytes.subarray(4 + size);
  }

  normalize(text: string): string {
    let normalized = "";
    let end = 0;
    for (const { 0: part, index } of text.matchAll(JOINED)) {
      for (; end < index; end++) normalized += this.#replaced(text[end]!);
      for (const { segment } of this.#segmenter.segment(part)) normalized += this.#replaced(segment);
      end = index + part.length;
    }
    for (; end < text.length; end++) normalized += this.#replaced(text[end]!);
    return normalized;
  }

  #replaced(grapheme: string): string {
    const known = this.#kept.get(grapheme);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(grapheme);
    const whole = bytes.length < WHOLE ? this.#find(bytes) : undefined;
    const replaced = whole ?? Array.from(grapheme, (character) => this.#ofCharacter(character)).join("");
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(grapheme, replaced);
    return replaced;
  }

  #ofCharacter(character: string): string {
    return this.#find(new TextEncoder().encode(character)) ?? character;
  }

  /** What replaces the shortest beginning of some bytes that has a rule. */
  #find(bytes: Uint8Array): string | undefined {
    let position = offsetOf(this.#trie[0]!);
    for (const byte of bytes) {
      position ^= byte;
      const unit = this.#trie[position];
      // A label has its highest bit set where the unit is a leaf, which is no byte.
      if (byte === 0 || unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
      position ^= offsetOf(unit);
      if ((unit & 0x100) !== 0) return this.#replacement((this.#trie[position] ?? 0) & 0x7fffffff);
    }
    return undefined;
  }

  #replacement(start: number): string {
    const end = this.#replacements.indexOf(0, start);
    return new TextDecoder().decode(this.#replacements.subarray(start, end < 0 ? undefined : end));
  }
}

function offsetOf(unit: number): number {
  return ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
}

/** @throws Error when the text is not base64. */
export function charsmapOfBase64(text: string): Charsmap {
  return new Charsmap(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

/** Bytes as base64, as a tokenizer.json holds them. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 1024) {
    text += String.fromCharCode(...bytes.subarray(start, start + 1024));
  }
  return btoa(text);
}
