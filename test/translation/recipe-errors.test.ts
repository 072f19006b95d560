import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { nearest } from "../../src/translation/nearest.ts";
import { checkRecipe, parseRecipe } from "../../src/translation/parse-recipe.ts";

const data = { corpus: "compiler-messages", to: "fr" };
const train = { maxEpochs: 1 };

function messages(recipe: unknown): string[] {
  const checked = checkRecipe(recipe);
  return "recipe" in checked ? [] : checked.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a recipe", () => {
  it("has every default filled in, the Transformer among them", () => {
    const recipe = parseRecipe({ data, train, model: { dModel: 64 } });
    expect(recipe.model).toMatchObject({ modelType: "transformer", dModel: 64, dropout: 0.1 });
    expect(recipe.train.optimizer.beta2).toBe(0.98);
    expect(recipe.data).toMatchObject({ corpus: "compiler-messages", from: "en", to: "fr" });
  });

  it("may leave its training to the data", () => {
    const { train } = parseRecipe({ data });
    expect(train).toMatchObject({ maxTokens: null, maxEpochs: null, maxSteps: null, maxSeconds: null, bestBy: null });
    expect(train.schedule).toEqual({ type: "inverseSquareRoot", peak: 0.002, warmupSteps: null });
  });

  it("can be parsed again after its defaults were filled in", () => {
    const recipe = parseRecipe({ data, train });
    expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
  });
});

describe("the message for a wrong recipe", () => {
  const wrong: [string, unknown, string[]][] = [
    [
      "a misspelled key, deep inside",
      { data, train: { ...train, optimizer: { beta3: 0.9 } } },
      ['train.optimizer.beta3: unknown key; did you mean "beta1"?'],
    ],
    [
      "a key that is like no other",
      { data, train: { ...train, optimizer: { nesterov: true } } },
      ["train.optimizer.nesterov: unknown key; expected one of beta1, beta2, epsilon, weightDecay"],
    ],
    ["a misspelled section", { data, train, modle: {} }, ['modle: unknown key; did you mean "model"?']],
    [
      "a key of the chosen schedule, not of another",
      { data, train: { ...train, schedule: { type: "paper", pek: 1, final: 2 } } },
      [
        "train.schedule.pek: unknown key; expected one of type, scale, warmupSteps",
        "train.schedule.final: unknown key; expected one of type, scale, warmupSteps",
      ],
    ],
    [
      "a misspelled key of the model",
      { data, train, model: { dmodel: 64 } },
      ['model.dmodel: unknown key; did you mean "dModel"?'],
    ],
    [
      "a value of another type",
      { data, train: { maxEpochs: "ten" } },
      ['train.maxEpochs: expected a number, found "ten"'],
    ],
    [
      "a fraction for a count",
      { data, train: { maxEpochs: 1.5 } },
      ["train.maxEpochs: expected a whole number, found 1.5"],
    ],
    [
      "numbers out of range",
      { data, train, model: { dropout: 1, encoderLayers: 0 } },
      ["model.encoderLayers: expected a number above 0, found 0", "model.dropout: expected a number below 1, found 1"],
    ],
    [
      "a misspelled choice",
      { data, train, tokenizer: { kind: "bytelevel" } },
      ['tokenizer.kind: expected one of "byteLevel", "wordBoundary", found "bytelevel"; did you mean "byteLevel"?'],
    ],
    [
      "a misspelled kind of schedule",
      { data, train: { ...train, schedule: { type: "cosin", peak: 0.1 } } },
      [
        'train.schedule.type: expected one of "paper", "inverseSquareRoot", "cosine", "linear", "constant", found "cosin"; did you mean "cosine"?',
      ],
    ],
    [
      "an alternative",
      { data, train, decode: { earlyStopping: "allways" } },
      ['decode.earlyStopping: expected true or false, or "never", found "allways"'],
    ],
    [
      "a missing value",
      { data, train: { ...train, schedule: { type: "cosine" } } },
      ["train.schedule.peak: missing; expected a number"],
    ],
    ["a section that is none", { data, train: 3 }, ["train: expected keys with values, found 3"]],
    ["a list for a recipe", [1], [": expected keys with values, found [1]"]],
    [
      "no data",
      { train },
      [
        "data: missing; expected what to train on, for example data: { path: pairs.tsv }, data: { source: a.en, target: a.fr } or data: { corpus: compiler-messages, to: fr }",
      ],
    ],
    [
      "a misspelled corpus",
      { data: { corpus: "multi30" }, train },
      ['data.corpus: expected one of "compiler-messages", "multi30k", found "multi30"; did you mean "multi30k"?'],
    ],
    [
      "a misspelled key of the data",
      { data: { source: "a.en", traget: "a.fr" }, train },
      ["data.target: missing; expected text", 'data.traget: unknown key; did you mean "target"?'],
    ],
    [
      "a key of a file of its own for validation",
      { data: { path: "a.tsv", validation: { path: "b.tsv", sourceColum: 2 } }, train },
      ['data.validation.sourceColum: unknown key; did you mean "sourceColumn"?'],
    ],
    [
      "sizes that do not fit together",
      { data, train, model: { dModel: 130 } },
      [
        "model.encoderAttentionHeads: expected a divisor of dModel (130), found 4",
        "model.decoderAttentionHeads: expected a divisor of dModel (130), found 4",
      ],
    ],
    [
      "small letters for a vocabulary that is there",
      { data, train, tokenizer: { path: "runs/other", lowercase: true } },
      [
        "tokenizer.lowercase: is for a vocabulary that is learned, but path names one that decides this itself; leave it out",
      ],
    ],
    [
      "a score that is not computed",
      { data, train: { ...train, bestBy: "bleu", validationBleu: null } },
      ['train.bestBy: expected "loss", found "bleu"'],
    ],
  ];

  it("names sizes beyond reason", () => {
    const size = (model: object) => messages({ data, train, model });
    expect(size({ dModel: 200_000 })).toEqual(["model.dModel: expected a number of at most 65536, found 200000"]);
    expect(size({ dModel: 65_536, encoderFfnDim: 65_536 })).toEqual([
      "model.encoderFfnDim: expected at most 1073741824 numbers in a matrix of dModel × encoderFfnDim, found 4294967296",
    ]);
    expect(size({ encoderLayers: 1_000_000 })).toHaveLength(1);
  });

  it.each(wrong)("names %s", (_, recipe, expected) => {
    expect(messages(recipe)).toEqual(expected);
  });

  it("gives every problem a line, behind the file, and the code CONFIG_INVALID", () => {
    const parse = () => parseRecipe({ data, train: { maxEpochs: -1, sed: 3 } }, "my.yaml");
    expect(parse).toThrow(HeedError);
    expect(parse).toThrow(
      'my.yaml: train.maxEpochs: expected a number above 0, found -1\nmy.yaml: train.sed: unknown key; did you mean "seed"?',
    );
    try {
      parse();
    } catch (error) {
      expect(error).toMatchObject({ code: "CONFIG_INVALID", path: "my.yaml" });
    }
  });

  it("cuts long values", () => {
    const [message] = messages({ data, train: { ...train, seed: "x".repeat(1000) } });
    expect(message!.length).toBeLessThan(120);
  });
});

describe("the nearest word", () => {
  it("is the one of the fewest edits, whatever its case", () => {
    expect(nearest("Learningrate", ["warmupSteps", "learningRate", "learningRates"])).toBe("learningRate");
  });

  it("is none where nothing is close", () => {
    expect(nearest("banana", ["beta1", "epsilon"])).toBeUndefined();
  });
});
