import { type Draw, pick } from "../draw.ts";
import { type Mutation, repetitions } from "./mutation.ts";
import { extremeIntegers, extremeTexts } from "./numbers.ts";

/** Bytes that mean something in one of the formats. */
const TELLING = [...Buffer.from("\0\t\n\r \"'\\{}[]<>&#:,-*!|~"), 0x04, 0x7f, 0x80, 0xc3, 0xe2, 0xef, 0xff];

const flipBit: Mutation = (file, draw) => {
  const changed = file.slice();
  if (file.length > 0) changed[draw(file.length)]! ^= 1 << draw(8);
  return changed;
};

const setByte: Mutation = (file, draw) => {
  const changed = file.slice();
  if (file.length > 0) changed[draw(file.length)] = pick(TELLING, draw);
  return changed;
};

const insert: Mutation = (file, draw) => {
  const bytes = Array.from({ length: 1 + draw(8) }, () => (draw(2) === 0 ? draw(256) : pick(TELLING, draw)));
  return spliced(file, draw(file.length + 1), 0, Uint8Array.from(bytes));
};

const remove: Mutation = (file, draw) => {
  const { start, length } = someRange(file, draw);
  return spliced(file, start, length);
};

const truncate: Mutation = (file, draw) => file.slice(0, draw(file.length + 1));

/** Puts a piece of the file into another place of it, or over what is there. */
const copyElsewhere: Mutation = (file, draw) => {
  const { start, length } = someRange(file, draw);
  const removed = draw(2) === 0 ? 0 : length;
  return spliced(file, draw(file.length + 1), removed, file.subarray(start, start + length));
};

/** Repeats a piece, short ones more often than not: it is these that nest, and make many small things of a file. */
const repeat: Mutation = (file, draw, maxBytes) => {
  const { start, length } = someRange(file, draw);
  const piece = Buffer.from(file.subarray(start, start + length));
  const repeated = Buffer.alloc(length * repetitions(length, draw, maxBytes), piece.length > 0 ? piece : "x");
  return spliced(file, start, 0, repeated);
};

/** Replaces a number that is written in digits. */
const extremeText: Mutation = (file, draw) => {
  const numbers = [
    ...Buffer.from(file)
      .toString("latin1")
      .matchAll(/-?\d[\d.]*/g),
  ];
  if (numbers.length === 0) return file;
  const { index, 0: digits } = pick(numbers, draw);
  return spliced(file, index, digits.length, Buffer.from(pick(extremeTexts, draw)));
};

/** Overwrites bytes with an integer, of either endianness. */
const extremeInteger: Mutation = (file, draw) => {
  const size = pick([1, 2, 4, 8], draw);
  if (file.length < size) return file;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(pick(extremeIntegers, draw));
  const integer = bytes.subarray(0, size);
  if (draw(2) === 1) integer.reverse();
  return spliced(file, draw(file.length - size + 1), size, integer);
};

export const byteMutations: readonly Mutation[] = [
  flipBit,
  setByte,
  insert,
  remove,
  truncate,
  copyElsewhere,
  repeat,
  extremeText,
  extremeInteger,
];

function someRange(file: Uint8Array, draw: Draw): { start: number; length: number } {
  const start = draw(file.length + 1);
  const longest = Math.min(file.length - start, pick([1, 2, 8, 64, file.length], draw));
  return { start, length: longest === 0 ? 0 : 1 + draw(longest) };
}

function spliced(file: Uint8Array, start: number, removed: number, added: Uint8Array = new Uint8Array()): Uint8Array {
  return new Uint8Array(Buffer.concat([file.subarray(0, start), added, file.subarray(start + removed)]));
}
