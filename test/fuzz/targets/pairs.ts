import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { mo } from "gettext-parser";
import {
  type ByteSource,
  fileSource,
  inspectCorpus,
  type PairBlocks,
  readJsonl,
  readMo,
  readPo,
  readTmx,
  readTsv,
} from "../../../src/data/index.ts";
import { type Draw, pick } from "../draw.ts";
import { jsonMutations } from "../mutations/json.ts";
import { lineMutations, ofOneLine } from "../mutations/lines.ts";
import { moMutations } from "../mutations/mo.ts";
import { xmlMutations } from "../mutations/xml.ts";
import type { Target } from "../target.ts";

const PO = `# translators: a comment
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

#, c-format
#: src/main.c:12
msgctxt "menu"
msgid "open %s"
msgstr "ouvrir \\"%s\\"\\t\\101\\x42"

#, fuzzy
#| msgid "old"
msgid "new"
msgstr "neuf"

msgid "one file"
msgid_plural "%d files"
msgstr[0] "un fichier"
msgstr[1] "%d fichiers"
#~ msgid "gone"
#~ msgstr "parti"
`;

const PO_LINES: readonly string[] = [
  ...['msgid "x"', 'msgstr "y"', 'msgid ""', 'msgstr ""', 'msgctxt "c"', 'msgid_plural "p"', 'msgstr[0] "z"'],
  ...['msgstr[99999999999] "z"', '"more"', "#, fuzzy", "#~ msgid", "# comment", "#|", "msgid", 'msgid "', "'single'"],
  ...['"Content-Type: text/plain; charset=klingon\\n"', '"charset=utf-16le\\n"', '"\\777\\xff\\"', 'msgid "__proto__"'],
];

const LATIN_PO =
  'msgid ""\nmsgstr "Content-Type: text/plain; charset=iso-8859-15\\n"\n\nmsgid "coffee"\nmsgstr "caf\xE9"\n';

const catalogue = {
  charset: "utf-8",
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  translations: {
    "": {
      open: { msgid: "open", msgstr: ["ouvrir"] },
      "one file": { msgid: "one file", msgid_plural: "%d files", msgstr: ["un fichier", "%d fichiers"] },
    },
    menu: { close: { msgctxt: "menu", msgid: "close", msgstr: ["fermer"] } },
  },
};

const TMX = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu tuid="1"><prop type="x">p</prop><tuv xml:lang="en-US"><seg>bold <bpt i="1">&lt;b></bpt><hi>very</hi><ept i="1">&lt;/b></ept> &amp; big</seg></tuv>
<tuv xml:lang="fr"><seg>gras <![CDATA[<&]]></seg></tuv></tu>
<tu><tuv lang="EN"><seg>caf&#xE9;</seg></tuv><tuv xml:lang="fr-CA"><seg>caf\u00E9</seg></tuv></tu>
</body></tmx>
`;

const TSV = "one\tun\nmany words\tbien des mots\tmore\n\nlast\tdernier";

const NUMBERS = Array.from({ length: 500 }, (_, i) => `${(i * 7919) % 1009}\t${(i * 104_729) % 9973}\n`).join("");

const JSONL = `{"source":"one","target":"un","id":1}
{"translation":{"en":"two","fr":"deux"},"tags":["a",{"b":null}]}

{"source":"\\u00e9\\ud83d\\ude00","target":"x"}
`;

const encoded = (...texts: readonly string[]) => texts.map((text) => new TextEncoder().encode(text));
const languages = { from: "en", to: "fr" };
const TEXT_LINES = ["a\tb", "\t", "\t\t", "", "a", "\uFEFF", "\0"];

/** The readers of sentence pairs, and what finds the one for a file. */
export const pairTargets: readonly Target[] = [
  {
    name: "po",
    seeds: [...encoded(PO), new Uint8Array(Buffer.from(LATIN_PO, "latin1"))],
    mutations: lineMutations(PO_LINES),
    read: (file, draw) => useUp(readPo(chunked(file, draw))),
  },
  {
    name: "mo",
    seeds: [new Uint8Array(mo.compile(catalogue))],
    mutations: moMutations,
    read: (file, draw) => useUp(readMo(chunked(file, draw))),
  },
  {
    name: "tmx",
    seeds: encoded(TMX),
    mutations: xmlMutations,
    read: (file, draw) => useUp(readTmx(chunked(file, draw), languages)),
  },
  {
    name: "tsv",
    seeds: [...encoded(TSV, TSV.replaceAll("\n", "\r")), new Uint8Array(Buffer.from(`\uFEFF${TSV}`, "utf16le"))],
    mutations: lineMutations(TEXT_LINES),
    read: (file, draw) => useUp(readTsv(chunked(file, draw))),
  },
  {
    name: "gzip",
    // Text that packs badly: reading takes its time from the unpacked size.
    seeds: [TSV, NUMBERS].map((text) => new Uint8Array(gzipSync(text))),
    mutations: [],
    async read(file, _, folder) {
      const path = join(folder, "pairs.tsv.gz");
      await writeFile(path, file);
      await useUp(readTsv(fileSource(path)));
    },
  },
  {
    name: "jsonl",
    seeds: encoded(JSONL),
    mutations: [...jsonMutations.map(ofOneLine), ...lineMutations(["{}", "[]", "null", "{", ...TEXT_LINES])],
    read: (file, draw) => useUp(readJsonl(chunked(file, draw), languages)),
  },
  {
    name: "untold",
    seeds: [...encoded(TSV, JSONL, PO, TMX), new Uint8Array(mo.compile(catalogue)), new Uint8Array(gzipSync(TSV))],
    mutations: lineMutations([...TEXT_LINES, ...PO_LINES, "<tmx>", "<html>", "{", "[{", '{"a":', '"a","b"', "%PDF-"]),
    async read(file, _, folder) {
      const path = join(folder, "pairs");
      await writeFile(path, file);
      await inspectCorpus({ path, ...languages });
    },
  },
];

/** The file in chunks that share a buffer; many small ones only where it is small. */
function chunked(file: Uint8Array, draw: Draw): ByteSource {
  const size = file.length > 2 ** 14 ? 2 ** 18 : pick([2 ** 18, 1, 7, 100], draw);
  const buffer = new Uint8Array(size);
  return {
    name: "folder/file",
    async *open() {
      for (let start = 0; start < file.length; start += size) {
        const chunk = file.subarray(start, start + size);
        buffer.set(chunk);
        yield buffer.subarray(0, chunk.length);
      }
    },
  };
}

async function useUp(blocks: PairBlocks): Promise<void> {
  for await (const block of blocks) {
    for (const { source, target, line } of block) {
      const isPair = typeof source === "string" && typeof target === "string" && Number.isSafeInteger(line) && line > 0;
      if (!isPair) throw new Error(`no pair: ${typeof source}, ${typeof target}, line ${line}`);
    }
  }
}
