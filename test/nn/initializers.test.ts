import { describe, expect, it } from "vitest";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { transformer } from "../../src/models/index.ts";
import { checkConfig } from "../../src/models/registry.ts";
import {
  countParameters,
  createRandom,
  type Initializer,
  initialize,
  interleavedSinusoids,
  normal,
  ones,
  type Random,
  truncatedNormal,
  withZeroRow,
  xavierUniform,
  zeros,
} from "../../src/nn/index.ts";
import { initializeInSlices } from "../../src/nn/parameter.ts";

const shape = [120, 380];
const random = () => createRandom(1, "matrix");
const filled = (initializer: Initializer, shape: readonly number[], random: Random): Float32Array => {
  const numberAt = initializer(shape, random);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => numberAt(i));
};
const meanOf = (numbers: Float32Array) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const varianceOf = (numbers: Float32Array) => {
  const mean = meanOf(numbers);
  return meanOf(numbers.map((x) => (x - mean) ** 2));
};

describe("initializers", () => {
  it("interleavedSinusoids: sine and cosine in turn, by DistilBERT's create_sinusoidal_embeddings", () => {
    const numbers = filled(interleavedSinusoids, [3, 4], random());
    const expected = [0, 1, 0, 1, 0.841471, 0.5403023, 0.0099998, 0.99995, 0.9092974, -0.4161468, 0.0199987, 0.9998];
    expected.forEach((x, i) => {
      expect(numbers[i]).toBeCloseTo(x, 6);
    });
  });

  it("truncatedNormal: nothing beyond the cutoff, the variance of what is left", () => {
    const numbers = filled(truncatedNormal(0.5, 2), shape, random());
    const furthest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(furthest).toBeLessThanOrEqual(1);
    expect(furthest).toBeGreaterThan(0.99);
    // 1 − 2 c φ(c) / (2 Φ(c) − 1) at c = 2.
    expect(varianceOf(numbers) / 0.25).toBeCloseTo(0.7737, 1);
  });

  it("zeros and ones", () => {
    expect(filled(zeros, [2, 2], random())).toEqual(Float32Array.of(0, 0, 0, 0));
    expect(filled(ones, [3], random())).toEqual(Float32Array.of(1, 1, 1));
  });

  it("xavierUniform: within ±√(6 / (dIn + dOut)), up to the bounds, variance 2 / (dIn + dOut)", () => {
    const numbers = filled(xavierUniform, shape, random());
    const bound = Math.sqrt(6 / 500);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(bound);
    expect(Math.max(...numbers)).toBeGreaterThan(0.999 * bound);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(-bound);
    expect(Math.min(...numbers)).toBeLessThan(-0.999 * bound);
    expect(varianceOf(numbers) / (2 / 500)).toBeCloseTo(1, 1);
    expect(Math.abs(meanOf(numbers))).toBeLessThan(4 * Math.sqrt(2 / 500 / numbers.length));
  });

  it("normal: the deviation that is asked for", () => {
    const numbers = filled(normal(0.25), shape, random());
    expect(Math.sqrt(varianceOf(numbers))).toBeCloseTo(0.25, 2);
    expect(Math.abs(meanOf(numbers))).toBeLessThan(4 * (0.25 / Math.sqrt(numbers.length)));
  });

  it("withZeroRow: that row is zero, the others are as without", () => {
    const width = shape[1]!;
    const numbers = filled(withZeroRow(normal(1), 7), shape, random());
    const expected = filled(normal(1), shape, random()).fill(0, 7 * width, 8 * width);
    expect(numbers).toEqual(expected);
    expect(expected.filter((x) => x === 0).length).toBe(width);
  });
});

describe("the first parameters of a Transformer", () => {
  const width = { dModel: 32, encoderFfnDim: 64, decoderFfnDim: 64 };
  const ids = { vocabSize: 150, padTokenId: 149, eosTokenId: 0, decoderStartTokenId: 149 };
  const config = checkConfig(transformer, { ...width, ...ids, tieWordEmbeddings: false }, "model");
  const spec = transformer.spec(config);
  const parameters = (seed: number) => flattenTree<TensorData<"float32">>(initialize(spec, seed) as never);

  it("are decided by the seed", () => {
    expect(parameters(1)).toEqual(parameters(1));
    const [first, other] = [parameters(1), parameters(2)];
    for (const [path, { data }] of first) {
      const constant = /(bias|Norm\.weight)$/.test(path);
      if (constant) expect(data, path).toEqual(other.get(path)!.data);
      else expect(data, path).not.toEqual(other.get(path)!.data);
    }
  });

  it("are the same when they are drawn in slices", async () => {
    const large = transformer.spec({ ...config, vocabSize: 3000 });
    expect(await initializeInSlices(large, 1)).toEqual(flattenTree(initialize(large, 1) as never));
  });

  it("depend on nothing but the seed and the path", () => {
    const deeper = transformer.spec({ ...config, encoderLayers: 3 });
    const more = flattenTree<TensorData<"float32">>(initialize(deeper, 1) as never);
    for (const [path, { data }] of parameters(1)) expect(more.get(path)!.data, path).toEqual(data);
  });

  it("differ from one parameter to the next", () => {
    const rows = [...parameters(1)]
      .filter(([path]) => path.endsWith("query.weight"))
      .map(([, { data }]) => data.join());
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.length).toBe(6);
  });

  it("give query, key and value the bounds of one matrix, the output its own", () => {
    for (const [path, { data }] of parameters(1)) {
      const projection = /Attention\.(query|key|value|output)\.weight$/.exec(path)?.[1];
      if (projection === undefined) continue;
      const bound = Math.sqrt(6 / (32 + (projection === "output" ? 1 : 3) * 32));
      const largest = data.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
      expect(largest, path).toBeLessThanOrEqual(bound);
      expect(largest, path).toBeGreaterThan(0.98 * bound);
    }
  });

  it("make embeddings of mean length 1, that of padding zero", () => {
    const { data } = parameters(1).get("embedding.source")!;
    expect([...data.slice(149 * 32)]).toEqual(new Array(32).fill(0));
    const squares = data.slice(0, 149 * 32).reduce((sum, x) => sum + x * x, 0) / 149;
    expect(squares).toBeCloseTo(1, 1);
  });

  it("are as many as are counted", () => {
    const numbers = [...parameters(1).values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(countParameters(spec)).toBe(numbers);
    const attention = 4 * (32 * 32 + 32);
    const feedForward = 32 * 64 + 64 + 64 * 32 + 32;
    const [encoderLayer, decoderLayer] = [attention + feedForward + 4 * 32, 2 * attention + feedForward + 6 * 32];
    expect(numbers).toBe(2 * 150 * 32 + 2 * encoderLayer + 2 * decoderLayer);
  });
});
