import { fromBinary } from "@bufbuild/protobuf";
import { HeedError } from "../../error.ts";
import { MAX_TOKEN } from "../tokenizer-json.ts";
import { invalid, type TokenizerFile } from "./files.ts";
import { ModelProtoSchema } from "./generated/sentencepiece_pb.ts";

/** What a piece is, by SentencePiece's numbers. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface Piece {
  readonly token: string;
  /** Unigram: its log-probability. Byte-pair encoding: minus the rank of the merge that makes it. */
  readonly score: number;
  readonly type: number;
}

/** A model of SentencePiece (Kudo and Richardson, 2018). */
export interface SentencePieceModel {
  readonly path: string;
  readonly algorithm: "Unigram" | "BPE";
  /** In the order of their ids. */
  readonly pieces: readonly Piece[];
  /** Whether characters that are no pieces are spelled in bytes. */
  readonly byteFallback: boolean;
  /** The compiled rules of normalization; empty where there are none. */
  readonly charsmap: Uint8Array;
  /** Whether a text begins with a mark for white space, as its other words do. */
  readonly addDummyPrefix: boolean;
  /** Whether spaces at both ends go, and of several in a row one is left. */
  readonly removeExtraWhitespaces: boolean;
  /** What stands for a space: "▁", or the space itself. */
  readonly mark: string;
}

const algorithms: Readonly<Record<number, SentencePieceModel["algorithm"]>> = { 1: "Unigram", 2: "BPE" };

/**
 * Reads a model of SentencePiece: spiece.model, tokenizer.model, sentencepiece.bpe.model, source.spm.
 *
 * @throws HeedError FORMAT_INVALID when it is none, MODEL_UNSUPPORTED for the algorithms "word" and "char", and for white
 *   space that is a suffix.
 */
export function readSentencePiece({ bytes, path }: TokenizerFile): SentencePieceModel {
  const { pieces, trainerSpec, normalizerSpec } = parse(bytes, path);
  const algorithm = algorithms[trainerSpec?.modelType ?? 1];
  if (algorithm === undefined) throw unsupported(path, "it forms tokens neither by Unigram nor by byte-pair encoding");
  if (trainerSpec?.treatWhitespaceAsSuffix) throw unsupported(path, "it marks white space behind words");
  checkPieces(pieces, path);
  return {
    path,
    algorithm,
    pieces: pieces.map(({ piece, score, type }) => ({ token: piece, score, type })),
    byteFallback: trainerSpec?.byteFallback ?? false,
    charsmap: normalizerSpec?.precompiledCharsmap ?? new Uint8Array(),
    addDummyPrefix: normalizerSpec?.addDummyPrefix ?? true,
    removeExtraWhitespaces: normalizerSpec?.removeExtraWhitespaces ?? true,
    mark: (normalizerSpec?.escapeWhitespaces ?? true) ? "▁" : " ",
  };
}

function parse(bytes: Uint8Array, path: string) {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw invalid(path, `it is no model of SentencePiece, or not whole (${(cause as Error).message})`);
  }
}

function checkPieces(pieces: readonly { readonly piece: string; readonly score: number }[], path: string): void {
  if (pieces.length === 0) throw invalid(path, "it holds no pieces, so it is no model of SentencePiece");
  const seen = new Set<string>();
  for (const [id, { piece, score }] of pieces.entries()) {
    if (piece === "") throw invalid(path, `piece ${id} is empty`);
    if (piece.length > MAX_TOKEN) throw invalid(path, `piece ${id} has more than ${MAX_TOKEN} characters`);
    if (seen.has(piece)) throw invalid(path, `the piece "${piece}" is there twice`);
    if (!Number.isFinite(score)) throw invalid(path, `the score of piece ${id} is no number`);
    seen.add(piece);
  }
}

function unsupported(path: string, problem: string): HeedError {
  const message = `Heed cannot read ${path}: ${problem}. Use another tokenizer.`;
  return new HeedError("MODEL_UNSUPPORTED", message, { path });
}
