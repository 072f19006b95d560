import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, visit } from "yaml";
import { fileError } from "../data/files/file-error.ts";
import { textOf } from "../data/formats/encoding.ts";
import { HeedError } from "../error.ts";
import { withAbsolutePaths } from "../translation/absolute-paths.ts";
import { checkRecipe } from "../translation/parse-recipe.ts";
import type { Recipe } from "../translation/recipe.ts";
import { keyName } from "../translation/recipe-errors.ts";

/** A recipe's file, as far as it is read without checking what it says. */
interface RecipeFile {
  readonly value: unknown;
  /** The line of a key, or of the nearest one around it that there is. */
  lineOf(path: readonly PropertyKey[]): number;
}

/**
 * Reads a recipe from a file in YAML, of which JSON is a part, and checks it. Paths in it start from the folder that it
 * lies in, and come out absolute: so a run can be resumed from anywhere.
 *
 * @throws HeedError FILE_NOT_FOUND, FILE_UNREADABLE; DATA_INVALID for what is neither UTF-8 nor UTF-16, FORMAT_INVALID
 *   for what is no YAML and CONFIG_INVALID for what is no recipe, with file and line
 */
export async function readRecipe(path: string): Promise<Recipe> {
  const file = await readYaml(path);
  const checked = checkRecipe(withAbsolutePaths(file.value, dirname(path)));
  if ("recipe" in checked) return checked.recipe;
  const problems = checked.problems.map(({ path: key, message }) => ({ line: file.lineOf(key), key, message }));
  const lines = problems.map(({ line, key, message }) =>
    [`${path}:${line}`, keyName(key), message].filter(Boolean).join(": "),
  );
  if (typeof file.value === "string")
    lines.push(`If ${path} holds the pairs, name it in a recipe: data: { path: pairs.tsv }`);
  throw new HeedError("CONFIG_INVALID", lines.join("\n"), { path, line: problems[0]!.line });
}

/** Reads only the data part, unchecked. Errors: as `readRecipe`. */
export async function readDataSection(path: string): Promise<unknown> {
  const { value } = await readYaml(path);
  const data = (withAbsolutePaths(value, dirname(path)) as { data?: unknown } | null)?.data;
  if (data !== undefined) return data;
  throw new HeedError("CONFIG_INVALID", `${path} has no section \`data\`, which says what the pairs are.`, { path });
}

async function readYaml(path: string): Promise<RecipeFile> {
  const text = await readText(path);
  const lines = new LineCounter();
  const document = parse(text, lines, path);
  const { contents } = document;
  const lineOf = (key: readonly PropertyKey[]) => lines.linePos(offsetOf(contents, key)).line;
  try {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    if (contents === null) throw new HeedError("CONFIG_INVALID", `${path} is empty.`, { path });
    if (countAliases(document) > MAX_ALIASES) throw new Error(`it has more than ${MAX_ALIASES} aliases`);
    return { value: document.toJS(), lineOf };
  } catch (cause) {
    if (cause instanceof HeedError) throw cause;
    const { pos = [0], message: reason } = cause as Error & { pos?: readonly [number] };
    const message = reason.includes("call stack") ? "it is nested too deeply" : reason;
    const { line } = lines.linePos(pos[0]);
    throw new HeedError("FORMAT_INVALID", `${path}:${line}: ${message}.`, { path, line, cause });
  }
}

/** Recipes have a few kilobytes. The parser takes some hundred bytes for each, and compares every key with every other. */
const MAX_BYTES = 32 * 2 ** 10;

async function readText(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw fileError(path, cause);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length <= MAX_BYTES) return textOf(bytes, path);
  const what = `${path} is larger than ${MAX_BYTES / 2 ** 10} KiB, the most that is read of a recipe`;
  throw new HeedError("FORMAT_INVALID", `${what}. Is it another file?`, { path });
}

/** A text nested thousands of levels deep is more than the parser's stack. */
function parse(text: string, lineCounter: LineCounter, path: string) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error" });
  } catch (cause) {
    throw new HeedError("FORMAT_INVALID", `${path} cannot be read: it is nested too deeply.`, { path, cause });
  }
}

/** The library searches the whole text for each, and more than once where they lie in each other. */
const MAX_ALIASES = 100;

function countAliases(document: Document.Parsed): number {
  let count = 0;
  visit(document, {
    Alias() {
      count++;
    },
  });
  return count;
}

/** Where in the text a key stands, or the last one on the way to it that there is. */
function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[]): number {
  let [node, offset] = [root, 0];
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) return offset;
      offset = pair.key.range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)] ?? null;
      offset = node?.range[0] ?? offset;
    } else return offset;
  }
  return offset;
}
