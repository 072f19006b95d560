import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FileContent, type ModelFiles, memoryFiles } from "../../src/hub/files.ts";
import { type Golden, goldenFolder, readGolden } from "../models/golden.ts";

/** The token of an id in the vocabulary of these tests; none is the beginning of another. */
export const word = (id: number): string => `w${String(id).padStart(3, "0")}`;
export const sentence = (ids: readonly number[]): string => ids.map(word).join(" ");

/** The rows of a golden batch without padding. */
export const rowsOf = ({ inputs }: Golden): number[][] =>
  inputs.inputIds.map((row, i) => row.filter((_, at) => inputs.attentionMask[i]![at] === 1));

/**
 * A folder that Python wrote, with a tokenizer whose words are the ids: what PyTorch says of ids, it says of texts.
 *
 * @param special Which id has which role, such as mask_token.
 */
export function goldenFiles(
  name: string,
  special: Readonly<Record<string, number>> = {},
  more: ReadonlyMap<string, FileContent> = new Map(),
): { readonly files: ModelFiles; readonly golden: Golden } {
  const folder = join(goldenFolder, name);
  const files = new Map<string, FileContent>(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))] as const),
  );
  const { vocab_size: size } = JSON.parse(String(readFileSync(join(folder, "config.json")))) as { vocab_size: number };
  const ids = Array.from({ length: size }, (_, id) => id);
  const added = Object.values(special).map((id) => ({ ...plain, id, content: word(id), special: true }));
  const tokenizer = {
    version: "1.0",
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(ids.map((id) => [word(id), id])), unk_token: word(0) },
  };
  const roles = Object.fromEntries(Object.entries(special).map(([role, id]) => [role, word(id)]));
  files.set("tokenizer.json", JSON.stringify(tokenizer)).set("tokenizer_config.json", JSON.stringify(roles));
  for (const [file, content] of more) files.set(file, content);
  return { files: memoryFiles(files, name), golden: readGolden(name) };
}

const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
