import { HeedError } from "../error.ts";
import { fileStart } from "./files/file-start.ts";
import { type FileKind, kindOf } from "./formats/kind.ts";
import { type FileFormat, type FileSpec, type KnownFileSpec, specAs } from "./schema.ts";

type Advice = { readonly [kind in FileKind]?: string | undefined };

const PAIRS: readonly FileKind[] = ["tsv", "jsonl", "po", "mo", "tmx"];

/** What files are, and what to do with them, of kinds that are not read. */
const REFUSED: Advice = {
  json: 'is one value of JSON, not JSON Lines. Write a line for each pair: {"source": "…", "target": "…"}.',
  xml: "is XML, but no translation memory (TMX). Convert it to TMX, or to source⇥target.",
  html: "is a web page. Was it saved in the place of the file? Download the file itself.",
  csv: "looks like comma-separated values (CSV), which are not read. Save it as tab-separated text (.tsv).",
};

/** What files are that hold both sides, and so are no side of parallel files. */
const BOTH_SIDES: Advice = {
  ...REFUSED,
  json: 'is JSON, not one sentence a line. Join both files by their keys into JSON Lines: {"source": "…", "target": "…"}.',
  csv: undefined,
  po: "is a gettext catalogue, which holds both sides. Name it alone.",
  mo: "is a compiled gettext catalogue, which holds both sides. Name it alone.",
  tmx: "is a translation memory, which holds both sides. Name it alone.",
};

/**
 * The spec with the format of its file, which is told by the file's beginning where the spec does not name it.
 *
 * @param files the paths of its file, or two for parallel files
 * @param key the key of the spec in a recipe, for messages: "data", "data.test"
 * @throws HeedError CONFIG_INVALID for a format that cannot be told, or keys that do not belong to it; FORMAT_INVALID for
 *   a file that is no such data, and as `fileSource` does
 */
export async function withFormat(spec: FileSpec, files: readonly string[], key: string): Promise<KnownFileSpec> {
  if (spec.format === "parallel") await refuseBothSides(files);
  if (spec.format !== undefined) return spec;
  return specAs(spec, await formatOf(files[0]!, key), key);
}

/** @throws HeedError FORMAT_INVALID for a file that is no side of parallel files, and as `fileSource` does */
export async function refuseBothSides(files: readonly string[]): Promise<void> {
  const kinds = await Promise.all(files.map(kindAt));
  // One side alone may well be objects: there are translations into such.
  const areObjects = kinds.every((kind) => kind === "jsonl");
  for (const [i, kind] of kinds.entries()) {
    const [path, why] = [files[i]!, BOTH_SIDES[areObjects ? "json" : (kind ?? "text")]];
    if (why !== undefined) throw new HeedError("FORMAT_INVALID", `${path} ${why}`, { path });
  }
}

/** Undefined for a pipe. */
async function kindAt(path: string): Promise<FileKind | undefined> {
  const start = await fileStart(path);
  return start && kindOf(start);
}

async function formatOf(path: string, key: string): Promise<FileFormat> {
  const kind = await kindAt(path);
  if (kind !== undefined && PAIRS.includes(kind)) return kind as FileFormat;
  if (kind === "empty") throw new HeedError("DATA_INVALID", `${path} is empty.`, { path });
  const why = kind === "text" && /\.csv(?:\.gz)?$/i.test(path) ? REFUSED.csv : kind && REFUSED[kind];
  if (why !== undefined) throw new HeedError("FORMAT_INVALID", `${path} ${why}`, { path });
  const reason = kind === undefined ? "a pipe has no ending to go by" : "neither its ending nor its beginning says so";
  throw new HeedError(
    "CONFIG_INVALID",
    `Cannot tell what kind of data ${path} is: ${reason}. Name one of ${PAIRS.join(", ")} with --format, in a recipe ` +
      `as ${key}.format. Sentences without their translations need a second file with those.`,
    { path },
  );
}
