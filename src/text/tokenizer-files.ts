import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HeedError } from "../error.ts";
import { readTokenizer } from "./folder/read-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";
import { TOKENIZER_ADVICE } from "./tokenizer-advice.ts";

/**
 * Reads the tokenizer of a Hugging Face folder, as `readTokenizer` does.
 *
 * @throws HeedError FILE_NOT_FOUND or FILE_UNREADABLE; MODEL_UNSUPPORTED when it has two, one for source texts and one for
 *   translations, as Marian's have; and those of `readTokenizer` and `Tokenizer.fromJSON`.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const found = await readTokenizer({ location: folder, read: (name) => readBytes(join(folder, name)) });
  if (found === undefined) {
    const path = join(folder, "tokenizer.json");
    throw new HeedError("FILE_NOT_FOUND", `There is no ${path}. ${TOKENIZER_ADVICE}`, { path });
  }
  if (found.target !== undefined) {
    const problem = `${folder} has one tokenizer for source texts and another for translations`;
    const message = `${problem}, but here both need the same. Use another folder's, or learn one.`;
    throw new HeedError("MODEL_UNSUPPORTED", message, { path: folder });
  }
  return Tokenizer.open(found.json, found.config, folder);
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new HeedError("FILE_UNREADABLE", `${path} cannot be read: ${reason(cause)}. Check its permissions.`, {
      path,
      cause,
    });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
