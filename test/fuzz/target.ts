import { HeedError } from "../../src/error.ts";
import type { Draw } from "./draw.ts";
import { pick } from "./draw.ts";
import { byteMutations } from "./mutations/bytes.ts";
import type { Mutation } from "./mutations/mutation.ts";

/** A reader, files that it reads, and what is done to them. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** The size of the largest files that the reader does not refuse for their size, in bytes. */
  readonly maxBytes?: number;
  /** Mutations that know the format, beside those of any bytes. */
  readonly mutations: readonly Mutation[];
  /**
   * Reads a file and uses all that comes of it. Throws what the reader throws, and an Error where a result is wrong.
   *
   * @param folder A folder for files, for readers of such.
   */
  read(file: Uint8Array, draw: Draw, folder: string): Promise<void>;
}

/** Mutates one of a target's files a few times. It may become somewhat larger than `most` bytes. */
export function mutated({ seeds, mutations, ...target }: Target, draw: Draw, most: number): Uint8Array {
  const maxBytes = Math.min(most, target.maxBytes ?? most);
  let file = pick(seeds, draw);
  for (let left = 1 + draw(3); left > 0 && file.length < maxBytes; left--) {
    const known = mutations.length > 0 && draw(4) !== 0;
    file = pick(known ? mutations : byteMutations, draw)(file, draw, maxBytes);
  }
  return file;
}

/** How the reading of a file may end: with a value, or with a HeedError of this code. Throws anything else. */
export async function outcomeOf(read: () => unknown): Promise<string> {
  try {
    await read();
    return "read";
  } catch (error) {
    if (!(error instanceof HeedError) || !error.code || error.message.trim() === "") throw error;
    return error.code;
  }
}
