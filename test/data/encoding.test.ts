import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodingAtStart, encodingOf, StreamDecoder } from "../../src/data/formats/encoding.ts";
import { readPo, readTmx, readTsv } from "../../src/data/index.ts";
import { failure, pairsOf, readPairsOf, source } from "./helpers.ts";

/** Made by scripts/fixtures/encodings.py of the Encoding standard's own tables. */
const standard: {
  readonly labels: Readonly<Record<string, string>>;
  readonly singleByte: Readonly<Record<string, string>>;
  readonly twoBytes: Readonly<Record<string, { leads: readonly (readonly [number, number])[]; sha256: string }>>;
  readonly texts: readonly { readonly encoding: string; readonly text: string; readonly hex: string }[];
} = JSON.parse(readFileSync(new URL("../fixtures/encodings.json", import.meta.url), "utf8"));

const names = Object.keys(standard.singleByte);

/** The text of bytes, with a mark in the place of what is no text. */
function strictly(decoder: TextDecoder, bytes: readonly number[], mark: string): string {
  try {
    return decoder.decode(Uint8Array.from(bytes));
  } catch {
    return mark;
  }
}

describe("an encoding", () => {
  it("has the labels of the standard, in any case, but for those that nobody may decode", async () => {
    for (const [label, name] of Object.entries(standard.labels)) {
      if (name === "replacement") await failure("FORMAT_INVALID", () => encodingOf(label, "a.po"));
      else expect((await encodingOf(label.toUpperCase(), "a.po")).name).toBe(name);
    }
    const { message } = await failure("FORMAT_INVALID", () => encodingOf("klingon", "a.po"));
    expect(message).toContain('a.po says that its character set is "klingon", which cannot be read');
  });

  it.each(names)("%s has the standard's character for every byte, and refuses those without one", async (name) => {
    const encoding = await encodingOf(name, "a.po");
    const decoder = encoding.strict();
    const upper = [...standard.singleByte[name]!];
    expect(upper).toHaveLength(128);
    const characters = [...Array.from({ length: 128 }, (_, byte) => String.fromCharCode(byte)), ...upper];
    const bytes = characters.map((_, byte) => byte);
    expect(bytes.map((byte) => strictly(decoder, [byte], "\uFFFD"))).toEqual(characters);
    expect(encoding.lenient().decode(Uint8Array.from(bytes))).toBe(characters.join(""));
    const whole = bytes.filter((byte) => characters[byte] !== "\uFFFD");
    const inChunks = new StreamDecoder(encoding, "a.tmx");
    const text = whole.map((byte) => inChunks.decode(Uint8Array.of(byte))).join("") + inChunks.decode();
    expect(text).toBe(characters.filter((character) => character !== "\uFFFD").join(""));
  });

  it.each(Object.entries(standard.twoBytes))("%s has the standard's text for every two bytes", async (name, digest) => {
    const decoder = (await encodingOf(name, "a.po")).strict();
    const leads = digest.leads.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    const texts = leads.flatMap((lead) => Array.from({ length: 256 }, (_, i) => strictly(decoder, [lead, i], "!")));
    expect(createHash("sha256").update(texts.join("\n")).digest("hex")).toBe(digest.sha256);
  });

  it.each(standard.texts)("$encoding reads what Python writes, whole and byte by byte", async (example) => {
    const encoding = await encodingOf(example.encoding, "a.po");
    const bytes = Buffer.from(example.hex, "hex");
    expect(encoding.strict().decode(bytes)).toBe(example.text);
    const inChunks = new StreamDecoder(encoding, "a.tmx");
    expect([...bytes].map((byte) => inChunks.decode(Uint8Array.of(byte))).join("") + inChunks.decode()).toBe(
      example.text,
    );
  });
});

describe("text in windows-1252", () => {
  const text = "100\u00A0€ – “œuvre”";
  const bytes = (before: string, after: string) =>
    Buffer.concat([
      Buffer.from(before),
      Buffer.of(0x31, 0x30, 0x30, 0xa0, 0x80, 0x20, 0x96, 0x20, 0x93, 0x9c, 0x75, 0x76, 0x72, 0x65, 0x94),
      Buffer.from(after),
    ]);

  it.each(["windows-1252", "cp1252", "ISO-8859-1", "latin1"])("called %s is read in PO and TMX", async (label) => {
    const po = bytes(`msgid ""\nmsgstr "charset=${label}"\n\nmsgid "a"\nmsgstr "`, '"\n');
    expect(await pairsOf(readPo(source(po)))).toEqual([{ source: "a", target: text }]);
    const tmx = bytes(
      `<?xml version="1.0" encoding="${label}"?><tmx><tu><tuv xml:lang="en"><seg>a</seg></tuv><tuv xml:lang="fr"><seg>`,
      "</seg></tuv></tu></tmx>",
    );
    expect(await pairsOf(readTmx(source(tmx), { from: "en", to: "fr" }))).toEqual([{ source: "a", target: text }]);
  });
});

const utf16 = (text: string, mark: boolean) => Buffer.from((mark ? "\uFEFF" : "") + text, "utf16le");

describe("UTF-16", () => {
  // U+0A0D and U+0D0A have the bytes of line ends.
  const text = "caf\u00E9\tm\u0A0D\u0D0A\u{1F600}\r\n\ntwo\tdeux\n";
  const pairs = [
    { source: "caf\u00E9", target: "m\u0A0D\u0D0A\u{1F600}", line: 1 },
    { source: "", target: "", line: 2 },
    { source: "two", target: "deux", line: 3 },
  ];

  it("is read in files of lines, in either order of bytes, with its mark or without, in whatever chunks", async () => {
    for (const mark of [true, false]) {
      const little = utf16(text, mark);
      for (const bytes of [little, Buffer.from(little).swap16()]) {
        for (const size of [1, 2, 3, 5, 1000]) {
          expect(await readPairsOf(readTsv(source(bytes, size)))).toEqual(pairs);
        }
      }
    }
  });

  it("is read in PO, whatever its header says", async () => {
    const po = 'msgid ""\nmsgstr "charset=iso-8859-1"\n\nmsgid "coffee"\nmsgstr "caf\u00E9"\n';
    expect(await pairsOf(readPo(source(utf16(po, true))))).toEqual([{ source: "coffee", target: "caf\u00E9" }]);
  });

  it("that is broken is refused with its line", async () => {
    for (const [broken, line] of [
      ["a\tb\nc\t\uD83D\nd\te\n", 2],
      ["a\tb\nc\td\ne\tf\uD83D", 3],
    ] as const) {
      for (const size of [1, 7, 1000]) {
        const error = await failure("DATA_INVALID", () => pairsOf(readTsv(source(utf16(broken, true), size, "a.tsv"))));
        expect([error.path, error.line]).toEqual(["a.tsv", line]);
        expect(error.message).toContain(`a.tsv, line ${line}: the text is not valid UTF-16LE`);
      }
    }
  });
});

describe("the start of a text", () => {
  it.each([
    [[0xef, 0xbb, 0xbf, 0x61], "utf-8"],
    [[0xff, 0xfe], "utf-16le"],
    [[0xfe, 0xff], "utf-16be"],
    [[0x61, 0, 0x62, 0], "utf-16le"],
    [[0, 0x61, 0, 0x62], "utf-16be"],
    [[0xef, 0xbb], "open"],
    [[0x61, 0], "open"],
    [[0x61], "open"],
    [[0x61, 0x0a], undefined],
    [[0x0a], undefined],
    [[0x61, 0, 0x62, 0x63], undefined],
    [[0xef, 0xbb, 0x61], undefined],
  ] as const)("%o shows %s", (bytes, expected) => {
    expect(encodingAtStart(Uint8Array.from(bytes))).toBe(expected);
  });
});
