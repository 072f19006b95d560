/**
 * Writes Multi30k as the ids that Heed trains on, for train.py, with the tokenizer and the references beside them.
 * Usage: npx tsx bench/multi30k/search/tokens.ts FOLDER [de|fr]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { multi30k } from "../../../src/cli/presets/multi30k.ts";
import { openCorpus, type PairCorpus } from "../../../src/data/index.ts";
import { HeedError } from "../../../src/error.ts";
import { type LearnBpeOptions, learnBpe } from "../../../src/text/index.ts";
import { multi30kFolder } from "../../data.ts";

const [folder = "runs/search", to = "de"] = process.argv.slice(2);
if (to !== "de" && to !== "fr") throw new HeedError("USAGE", `Expected de or fr, found "${to}".`);
const recipe = multi30k(to);
const dataDir = multi30kFolder({});
await using corpus = await openCorpus({ ...recipe.data, ...(dataDir !== undefined && { dataDir }) });
const [train, validation] = [await read(corpus.train), await read(corpus.validation!)];
const tokenizer = await learnBpe(
  train.flatMap(({ source, target }) => [source, target]),
  recipe.tokenizer as LearnBpeOptions,
);
await mkdir(folder, { recursive: true });
const { padId: pad, eosId: eos, vocabSize } = tokenizer;
const written = {
  "tokens.json": { pad, eos, vocabSize, train: encoded(train), validation: encoded(validation) },
  "tokenizer.json": tokenizer.toJSON(),
  "tokenizer_config.json": tokenizer.configJSON(),
  "references.json": validation.map(({ target }) => target),
};
for (const [name, json] of Object.entries(written)) await writeFile(join(folder, name), JSON.stringify(json));

/** All pairs. */
function read(pairs: PairCorpus) {
  return pairs.read(Array.from({ length: pairs.size }, (_, i) => i));
}

function encoded(pairs: Awaited<ReturnType<typeof read>>) {
  const ids = (text: string) => Array.from(tokenizer.encode(text));
  return { source: pairs.map(({ source }) => ids(source)), target: pairs.map(({ target }) => ids(target)) };
}
