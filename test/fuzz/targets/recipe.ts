import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readDataSection, readRecipe } from "../../../src/cli/config-file.ts";
import { parseDataSpec } from "../../../src/data/index.ts";
import { jsonMutations } from "../mutations/json.ts";
import { lineMutations } from "../mutations/lines.ts";
import { outcomeOf, type Target } from "../target.ts";

const YAML = `# a recipe
data:
  path: pairs.tsv
  sourceColumn: 2
  targetColumn: 1
  filter: { minLength: 2, maxLength: 200, maxRatio: 3.5 }
  split: { validation: 2%, test: 100 }
tokenizer: { kind: byteLevel, vocabSize: 500 }
model:
  modelType: transformer
  dModel: 64
  encoderLayers: 1
train:
  seed: 1
  maxSteps: 10
  optimizer:
    beta2: 0.9
  schedule: { type: inverseSquareRoot, peak: 1e-3, warmupSteps: 100 }
decode:
  numBeams: 4
`;

const JSON_RECIPE = JSON.stringify({
  data: { corpus: "multi30k", to: "de", filter: { deduplicate: true } },
  tokenizer: { path: null },
  train: { maxEpochs: 3, validationBleu: null, bestBy: "loss" },
});

const FILES = `data: &files
  source: a.en
  target: a.fr
  validation: { source: v.en, target: v.fr }
train: { maxSeconds: 60 }
`;

const LINES: readonly string[] = [
  ...["data: &d [*d]", "train: &t { seed: *t }", "data: &d { format: *d }", "model: *none", "<<: *d", "? [a, {b: c}]"],
  ...[
    "? ? ? a",
    "- - - - a",
    "%YAML 1.1\n---",
    "---",
    "...",
    "a: |9",
    "  b: >-",
    "\ta: 1",
    "!!binary aGk=: 1",
    "__proto__: 1",
  ],
  ...["data: { format: toString }", "data: { corpus: __proto__ }", "data: { corpus: { toString: 1, valueOf: 1 } }"],
  ...[
    "model: { modelType: constructor }",
    "train: !!set { a, b }",
    "train: !!omap [a: 1]",
    "data: !!timestamp 2001-01-01",
  ],
  ...[
    "seed: 0x7fffffffffffffff",
    "seed: .inf",
    "seed: .nan",
    "seed: -0",
    "seed: 1e999",
    "a: 'b",
    'a: "\\U00110000"',
    "[[[[",
  ],
  ...[
    "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: &d [*c,*c,*c]\ne: [*d,*d,*d]",
    "constructor: 1",
    "toString:",
  ],
];

const seeds = [YAML, JSON_RECIPE, FILES].map((text) => new TextEncoder().encode(text));

/** A recipe, in YAML or JSON. */
export const recipeTarget: Target = {
  name: "recipe",
  seeds,
  maxBytes: 2 ** 15,
  mutations: [...lineMutations(LINES), ...jsonMutations],
  async read(file, _, folder) {
    const path = join(folder, "recipe.yaml");
    await writeFile(path, file);
    await outcomeOf(async () => parseDataSpec(await readDataSection(path)));
    await readRecipe(path);
  },
};
