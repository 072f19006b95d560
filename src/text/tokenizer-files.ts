import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { HeedError } from "../error.ts";
import { parseJson } from "../json.ts";
import { Tokenizer } from "./tokenizer.ts";
import { tokenizerAdvice } from "./tokenizer-advice.ts";

/**
 * Reads the tokenizer of a Hugging Face folder: tokenizer.json, and tokenizer_config.json if it is there.
 *
 * @throws HeedError FILE_NOT_FOUND or FILE_UNREADABLE, and those of `Tokenizer.fromJSON`.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, "tokenizer.json");
  const bytes = await readBytes(path);
  if (bytes === undefined) {
    const message = `There is no ${path}. ${tokenizerAdvice(await readdir(folder).catch(() => []))}`;
    throw new HeedError("FILE_NOT_FOUND", message, { path });
  }
  const configPath = join(folder, "tokenizer_config.json");
  const config = await readBytes(configPath);
  return Tokenizer.open(parseJson(bytes, path), config && parseJson(config, configPath), folder);
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
