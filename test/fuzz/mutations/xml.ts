import { type Draw, pick } from "../draw.ts";
import { type Mutation, ofText, repetitions } from "./mutation.ts";

/** "Billion laughs": each entity is ten of the one before it. */
const ENTITY_BOMB = `<!DOCTYPE tmx [<!ENTITY a0 "ha">${Array.from(
  { length: 12 },
  (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`,
).join("")}]>`;

const PIECES: readonly string[] = [
  ...["&a12;", "&amp;", "&lt", "&#0;", "&#x110000;", "&#xD800;", "&#99999999999;", "&nbsp;", "&", "&#;", "&toString;"],
  ...["<!-- ", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>", "<"],
  ...["</tu>", "<tu>", "<seg>", "</seg>", "<tuv>", "<ph>", "</ph>", "<hi>", "<x/>", "</x>", "<tuv xml:lang='en'>"],
  ...["<tuv xml:lang='en' xml:lang='fr'>", "<tuv __proto__='x' constructor='y'>", "<a b>", "<a b=c>", "<a:b:c/>", "</"],
  ...["\uFFFE", "\u0001", "\u0085", "\u2028", "\0", "]]]]>>", '<?xml version="1.1"?>', '<?xml version="2.0"?>'],
  ENTITY_BOMB,
];

const ENCODINGS = ["utf-8", "UTF-16", "utf-16be", "utf-7", "klingon", "ibm037", "shift_jis", "x", "replacement", "hz"];

/** Mutations of text in XML. */
export const xmlMutations: readonly Mutation[] = [
  ofText((text, draw) => insertedAt(text, someBoundary(text, draw), pick(PIECES, draw))),
  ofText((text, draw) => insertedAt(text, draw(text.length + 1), pick(PIECES, draw))),
  ofText((text, draw) => {
    const { index, 0: tag } = someTag(text, draw);
    return text.slice(0, index) + text.slice(index + tag.length);
  }),
  ofText((text, draw) => insertedAt(text, someBoundary(text, draw), someTag(text, draw)[0])),
  ofText((text, draw, maxBytes) => {
    const piece = pick(["<a>", "<a></a>", "<a/>", "<seg>", "<ph>", "<tu>", "&lt;", ...PIECES], draw);
    const closing = draw(2) === 0 ? "" : piece.replace("<", "</");
    const depth = repetitions(piece.length + closing.length, draw, maxBytes);
    return insertedAt(text, someBoundary(text, draw), piece.repeat(depth) + closing.repeat(depth));
  }),
  ofText((text, draw, maxBytes) => {
    const { index, 0: tag } = someTag(text, draw);
    const count = repetitions(8, draw, maxBytes);
    const attributes = Array.from({ length: count }, (_, i) => ` a${i}="${draw(2) === 0 ? "" : "é"}"`).join("");
    return insertedAt(text, index + tag.length - 1, attributes);
  }),
  ofText((text, draw) => {
    const declared = text.replace(/encoding="[^"]*"/, `encoding="${pick(ENCODINGS, draw)}"`);
    return draw(2) === 0 ? declared : `${ENTITY_BOMB}${declared}`;
  }),
  (file, draw) => {
    const wide = Buffer.from(`\uFEFF${Buffer.from(file)}`, "utf16le");
    return new Uint8Array(draw(2) === 0 ? wide : wide.swap16());
  },
];

function someTag(text: string, draw: Draw): { index: number; 0: string } {
  const tags = [...text.matchAll(/<[^>]*>/g)];
  return tags.length === 0 ? { index: 0, 0: "" } : pick(tags, draw);
}

/** Where a tag begins or ends. */
function someBoundary(text: string, draw: Draw): number {
  const { index, 0: tag } = someTag(text, draw);
  return index + (draw(2) === 0 ? 0 : tag.length);
}

function insertedAt(text: string, at: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at);
}
