import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { charsmapOfBase64 } from "../../src/text/charsmap.ts";
import { readTokenizer } from "../../src/text/folder/read-tokenizer.ts";
import { Tokenizer } from "../../src/text/index.ts";
import { dataFolder, noData } from "./witness.ts";

type Ids = readonly number[];

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly special: Readonly<Record<"bos" | "eos" | "unk" | "pad", number | null>>;
  /** Of each text; of long ones a digest. */
  readonly ids: readonly (Ids | string)[];
  readonly decoded: readonly string[];
  readonly pairs: readonly (readonly [Ids, Ids | null])[];
  readonly targetIds?: readonly (Ids | string)[];
  readonly targetDecoded?: readonly string[];
}

const folder = new URL("../fixtures/tokenizer-folders/", import.meta.url);

/** What Hugging Face's classes of tokenizers did in Python: see scripts/fixtures/tokenizer_folders.py. */
const witness = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as {
  readonly texts: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly folders: readonly Entry[];
  readonly real: readonly (Entry & { readonly model: string; readonly file: string; readonly class: string })[];
  readonly normalized: Readonly<Record<"small" | "nfkc", Readonly<Record<string, string>>>>;
};

const filesOf = (location: URL) => ({
  location: fileURLToPath(location),
  read: async (name: string) => new Uint8Array(await readFile(new URL(name, location))),
});
const present = ({ location, read }: ReturnType<typeof filesOf>) => ({
  location,
  read: (name: string) => read(name).catch(() => undefined),
});
const read = (name: string) => readTokenizer(present(filesOf(new URL(`${name}/`, folder))));
const open = ({ json, config }: { readonly json: unknown; readonly config: unknown }) =>
  Tokenizer.fromJSON(json, config, "some/folder");

const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** What a tokenizer makes of all texts, those of which the witness has a digest as digests. */
function everyText(tokenizer: Tokenizer, expected: readonly (Ids | string)[]) {
  return witness.texts.map((text, index) => {
    const ids = [...tokenizer.encode(text)];
    const decoded = tokenizer.decode(ids);
    return typeof expected[index] === "string"
      ? { text: index, ids: digest(ids), decoded: digest(decoded) }
      : { text, ids, decoded };
  });
}

function expectedOf(ids: readonly (Ids | string)[], decoded: readonly string[]) {
  return witness.texts.map((text, index) => ({
    text: typeof ids[index] === "string" ? index : text,
    ids: ids[index],
    decoded: decoded[index],
  }));
}

describe.each(witness.folders.map((entry) => [entry.name, entry] as const))("a folder of %s", (name, entry) => {
  it("gives the ids and texts that Python gives", async () => {
    const tokenizer = open((await read(name))!);
    expect(everyText(tokenizer, entry.ids)).toEqual(expectedOf(entry.ids, entry.decoded));
  });

  it("has the special tokens and the size that it has in Python", async () => {
    const { bosId, eosId, unkId, padId, vocabSize } = open((await read(name))!);
    const found = { bos: bosId ?? null, eos: eosId ?? null, unk: unkId ?? null, pad: padId ?? null };
    expect({ ...found, size: vocabSize }).toEqual({ ...entry.special, size: entry.size });
  });
});
