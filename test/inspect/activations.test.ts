import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { openModel } from "../../src/hub/node.ts";
import { teacherForced } from "../../src/inference/sequences.ts";
import { inspect } from "../../src/inspect/index.ts";
import { bert } from "../../src/models/bert/index.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { gpt2 } from "../../src/models/gpt2/index.ts";
import { modernBert } from "../../src/models/modernbert/index.ts";
import type { TransformerConfig } from "../../src/models/transformer/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { randomModel, randomSequences, smallTransformer } from "../generate/models.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime();
});
afterAll(() => runtime.dispose());

const docs = readFileSync(new URL("../../docs/activations.md", import.meta.url), "utf8");
const [ofStacks, ofOneStack] = docs.split("## Models of one stack").map(tableOf) as [Table, Table];

type Table = ReturnType<typeof tableOf>;

/** A table of docs/activations.md: patterns and the letters of shapes, the more special ones first. */
function tableOf(text: string) {
  return text.split("\n").flatMap((line) => {
    const [, pattern, shape] = /^\| `(\S+)`\s+\| \[([\w, ]+)\]/.exec(line) ?? [];
    if (pattern === undefined) return [];
    const expression = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]*")}$`);
    return [{ pattern, expression, letters: shape!.split(", ") }];
  });
}

function expectDocumented(
  name: string,
  shape: readonly number[],
  sizes: Readonly<Record<string, number>>,
  table: Table,
) {
  const row = table.find(({ expression }) => expression.test(name));
  expect({ name, shape }).toEqual({ name, shape: row?.letters.map((letter) => sizes[letter]) });
}

function expectFound(names: Iterable<string>, table: Table): void {
  const all = [...names];
  for (const { pattern, expression } of table) {
    expect(
      all.some((name) => expression.test(name)),
      pattern,
    ).toBe(true);
  }
}

describe.each([false, true])("activations, pre-norm: %s", (normalizeBefore) => {
  const model = smallTransformer({ normalizeBefore, encoderFfnDim: 40, decoderFfnDim: 40 });
  const { dModel, encoderAttentionHeads: heads, encoderFfnDim, vocabSize } = model.config as TransformerConfig;
  const sizes = { B: 2, V: vocabSize, D: dModel, F: encoderFfnDim, H: heads, K: dModel / heads };
  const batch = teacherForced(randomSequences([7, 6]), randomSequences([4, 5]), model.config);

  it("are all in the docs, with the shapes that the docs tell", async () => {
    const found = await inspect(model, runtime, batch, ["**"]);
    for (const [name, { shape }] of found) {
      const T = name.startsWith("encoder") ? 7 : 5;
      const S = name.includes("crossAttention") ? 7 : T;
      expectDocumented(name, shape, { ...sizes, T, S }, ofStacks);
    }
    expectFound(found.keys(), ofStacks);
  });

  it("fit together: the results of all heads and the bias are the output, which the residual adds", async () => {
    const sublayer = "decoder.layers.1.crossAttention";
    const found = await inspect(model, runtime, batch, [`${sublayer}.*`, "decoder.layers.1.selfAttention.residual"]);
    const of = (name: string) => found.get(`${sublayer}.${name}`)!.data as Float32Array;
    const [result, output, residual] = [of("result"), of("output"), of("residual")];
    const bias = model.parameters.get(`${sublayer}.output.bias`)!.data;
    const before = normalizeBefore
      ? (found.get("decoder.layers.1.selfAttention.residual")!.data as Float32Array)
      : of("input");
    for (let b = 0; b < 2; b++) {
      for (let t = 0; t < 5; t++) {
        for (let d = 0; d < dModel; d++) {
          const at = (b * 5 + t) * dModel + d;
          const ofHeads = Array.from({ length: heads }, (_, h) => result[((b * heads + h) * 5 + t) * dModel + d]!);
          expect(ofHeads.reduce((sum, x) => sum + x, bias[d]!)).toBeCloseTo(output[at]!, 5);
          expect(before[at]! + output[at]!).toBeCloseTo(residual[at]!, 5);
        }
      }
    }
  });
});

describe("activations of models of one stack", () => {
  const tokens = { vocabSize: 29, padTokenId: 28, intermediateSize: 40, hiddenSize: 16, numAttentionHeads: 2 };
  const models = {
    bert: randomModel(bert as unknown as ModelFamily, { ...tokens, head: "sequenceClass" }),
    modernbert: randomModel(modernBert as unknown as ModelFamily, tokens),
    gpt2: randomModel(gpt2 as unknown as ModelFamily, tokens),
  };
  const rows = int32([2, 7], new Int32Array(14).fill(1));
  const all = { inputIds: rows, attentionMask: rows, tokenTypeIds: rows };
  const sizes = { B: 2, V: 29, D: 16, F: 40, H: 2, K: 8, T: 7, S: 7 };

  it("are in the docs: of the stack under the same names, and a few besides", async () => {
    const names = new Set<string>();
    for (const model of Object.values(models)) {
      const batch = Object.fromEntries(
        Object.keys(model.family.inputTypes(model.config)).map((name) => [name, all[name as keyof typeof all]]),
      );
      for (const [name, { shape }] of await inspect(model, runtime, batch, ["**"])) {
        names.add(name);
        if (name === "logits") continue;
        const own = ofOneStack.some(({ expression }) => expression.test(name));
        const inStack = `encoder.${name.replace(".attention.", ".selfAttention.")}`;
        expectDocumented(own ? name : inStack, shape, sizes, own ? ofOneStack : ofStacks);
      }
    }
    expectFound(names, ofOneStack);
  });
});

interface Witness {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly decoder_input_ids: number[][];
  readonly activations: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}

describe.each(["marian-tied", "pegasus-tied"])("activations of %s", (name) => {
  const folder = new URL(`../fixtures/transformer/${name}/`, import.meta.url);
  const witness: Witness = JSON.parse(readFileSync(new URL("activations.json", folder), "utf8"));

  it("are what hooks catch in Python", async () => {
    const { model } = await openModel(fileURLToPath(folder));
    const tensor = (rows: number[][]) => int32([rows.length, rows[0]!.length], rows.flat());
    const inputs = {
      inputIds: tensor(witness.input_ids),
      attentionMask: tensor(witness.attention_mask),
      decoderInputIds: tensor(witness.decoder_input_ids),
    };
    const expected = Object.entries(witness.activations);
    expect(expected.length).toBeGreaterThanOrEqual(40);
    const found = await inspect(
      model,
      runtime,
      inputs,
      expected.map(([key]) => key),
    );
    for (const [key, { shape, data }] of expected) {
      const ours = found.get(key)!;
      expect({ key, shape: ours.shape }).toEqual({ key, shape });
      expect({ key, worst: worstDifference(ours, data, witness, key) < 2e-5 }).toEqual({ key, worst: true });
    }
  });
});

/** Leaves out what stands at padding: rows of the source, where the name has any. */
function worstDifference(
  { shape, data }: TensorData,
  expected: readonly number[],
  witness: Witness,
  key: string,
): number {
  const isSource = (axis: number) =>
    shape[axis] === witness.input_ids[0]!.length && sourceAxes(key).includes(shape.length - axis);
  return expected.reduce((worst, number, i) => {
    const indices = shape.map(
      (_, axis) => Math.floor(i / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % shape[axis]!,
    );
    const padded =
      shape.length > 2 &&
      indices.some((index, axis) => isSource(axis) && witness.attention_mask[indices[0]!]![index] === 0);
    return padded ? worst : Math.max(worst, Math.abs(number - Number(data[i])));
  }, 0);
}

/** Which axes, counted from the last, run over the source. */
function sourceAxes(key: string): readonly number[] {
  if (key.endsWith("crossAttention.pattern")) return [1];
  if (/crossAttention\.(key|value)$/.test(key)) return [2];
  if (!key.startsWith("encoder")) return [];
  return key.endsWith("pattern") ? [1, 2] : [2];
}
