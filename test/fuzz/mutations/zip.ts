import { type Draw, pick } from "../draw.ts";
import { byteMutations } from "./bytes.ts";
import { type Mutation, repetitions } from "./mutation.ts";
import { extremeIntegers } from "./numbers.ts";

/** Files of an archive, by name. */
type Files = Map<string, Uint8Array>;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** A zip archive of files as they are, without checksums, which Heed does not compare. */
export function zipped(files: Files): Uint8Array {
  const [local, central]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of files) {
    const bytes = Buffer.from(name);
    const sizes = { 14: 0, 18: content.length, 22: content.length };
    local.push(record(30, LOCAL, sizes, { 26: bytes.length }), bytes, Buffer.from(content));
    const places = { 16: 0, 20: content.length, 24: content.length, 42: offset };
    central.push(record(46, CENTRAL, places, { 28: bytes.length }), bytes);
    offset += 30 + bytes.length + content.length;
  }
  const directory = Buffer.concat(central);
  const counts = { 8: files.size, 10: files.size };
  const end = record(22, END, { 12: directory.length, 16: offset }, counts);
  return new Uint8Array(Buffer.concat([...local, directory, end]));
}

function record(size: number, signature: number, words: Record<number, number>, halves: Record<number, number>) {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(signature);
  for (const [at, value] of Object.entries(words)) bytes.writeUInt32LE(value, Number(at));
  for (const [at, value] of Object.entries(halves)) bytes.writeUInt16LE(value & 0xffff, Number(at));
  return bytes;
}

/** The files of an archive that `zipped` made, as far as an earlier mutation left them; undefined for other archives. */
function unzipped(file: Uint8Array): Files | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const files: Files = new Map();
  let at = 0;
  while (at + 30 <= bytes.length && bytes.readUInt32LE(at) === LOCAL) {
    const name = at + 30 + bytes.readUInt16LE(at + 26);
    const end = name + bytes.readUInt32LE(at + 18);
    files.set(bytes.toString("utf8", at + 30, name), new Uint8Array(bytes.subarray(name, end)));
    at = end;
  }
  return files.size < 2 ? undefined : files;
}

function ofFiles(change: (files: Files, draw: Draw, maxBytes: number) => void): Mutation {
  return (file, draw, maxBytes) => {
    const files = unzipped(file);
    if (files === undefined) return file;
    change(files, draw, maxBytes);
    return zipped(files);
  };
}

/** Changes the pickle of an archive, the rest of which stays whole. */
function ofPickle(change: Mutation): Mutation {
  return ofFiles((files, draw, maxBytes) => {
    const name = [...files.keys()].find((each) => each.endsWith("data.pkl"));
    if (name !== undefined) files.set(name, change(files.get(name)!, draw, maxBytes));
  });
}

/** Pieces of pickles: what makes values, takes them, names what is not there, or claims to be large. */
const PIECES = [
  ...[
    "(",
    ")",
    "}",
    "t",
    "\x85",
    "\x86",
    "\x87",
    "u",
    "s",
    "R",
    "b",
    "Q",
    "N",
    "\x88",
    "\x89",
    ".",
    "0",
    "2",
    "]",
    "\x81",
  ],
  ...["q\x00", "h\x00", "r\x00\x00\x01\x00", "j\x00\x00\x01\x00", "K\x00", "M\xff\xff", "J\xff\xff\xff\xff"],
  ...["\x8a\x00", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "\x8a\xff", "X\x00\x00\x00\x00", "X\xff\xff\xff\xff"],
  ...[
    "cposix\nsystem\n",
    "ctorch._utils\n_rebuild_tensor_v2\n",
    "ccollections\nOrderedDict\n)R",
    "ctorch\nFloatStorage\n",
  ],
  ...["\x80\x02", "\x80\x04", "\x95\x00\x00\x00\x00\x00\x00\x00\x00", "\x93", "\x94"],
].map((piece) => Buffer.from(piece, "latin1"));

const insertPiece: Mutation = (file, draw, maxBytes) => {
  const at = draw(file.length + 1);
  const piece = pick(PIECES, draw);
  const inserted = Array<Buffer>(repetitions(piece.length, draw, maxBytes)).fill(piece);
  return new Uint8Array(Buffer.concat([file.subarray(0, at), ...inserted, file.subarray(at)]));
};

/** Puts an extreme number in the place of one: an offset, a size, a stride, a count. */
const changeNumber: Mutation = (file, draw) => {
  const places = [...file.keys()].filter((at) => file[at] === 0x4b);
  if (places.length === 0) return file;
  const at = pick(places, draw);
  const number = Buffer.alloc(10);
  number.set([0x8a, 8]);
  number.writeBigUInt64LE(pick(extremeIntegers, draw), 2);
  return new Uint8Array(Buffer.concat([file.subarray(0, at), number, file.subarray(at + 2)]));
};

/** Mutations of a file of torch.save, most of which leave the archive or the pickle whole. */
export const pytorchMutations: readonly Mutation[] = [
  ...byteMutations.map(ofPickle),
  ofPickle(insertPiece),
  ofPickle(changeNumber),
  ofPickle(changeNumber),
  ofFiles((files, draw) => {
    const name = pick([...files.keys()], draw);
    files.set(name, files.get(name)!.slice(draw(2) === 0 ? 1 : 0, draw(64)));
  }),
  ofFiles((files, draw) => {
    files.delete(pick([...files.keys()], draw));
  }),
  ofFiles((files, draw) => {
    const content = files.get(pick([...files.keys()], draw))!;
    files.set(
      pick(["archive/code/x.py", "other/data.pkl", "archive/byteorder", "../archive/data/0", ""], draw),
      content,
    );
  }),
  ofFiles((files, draw, maxBytes) => {
    for (let i = repetitions(100, draw, maxBytes); i > 0; i--) files.set(`archive/data/x${i}`, Uint8Array.of());
  }),
];
