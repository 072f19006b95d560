import { addDims, mulDims } from "../../../src/graph/index.ts";
import { float, ints, type Sample, sample, values } from "./sample.ts";

const dims = { batch: 2, source: 3, rows: 5, columns: 4 };

const gather = [
  sample("gather", "an index", dims, ({ rows, columns }) => ({ inputs: [float(rows, columns), ints(5)] })),
  sample("gather", "a vector", dims, ({ source, rows, columns }) => ({
    inputs: [float(rows, columns), ints(5, source)],
  })),
  sample("gather", "repeated rows", dims, ({ batch, source, rows, columns }) => ({
    inputs: [float(rows, columns), values("int32", [batch, source], [1, 4, 1, 1, 0])],
  })),
];

const scatterAdd = [
  sample("scatterAdd", "an index", dims, ({ rows, columns }) => ({
    inputs: [float(columns), ints(5)],
    attrs: { rows },
  })),
  sample("scatterAdd", "repeated rows", dims, ({ batch, source, rows, columns }) => ({
    inputs: [float(batch, source, columns), values("int32", [batch, source], [1, 4, 1, 1, 0])],
    attrs: { rows },
  })),
  sample("scatterAdd", "an expression of rows", dims, ({ batch, source, columns }) => ({
    inputs: [float(source, columns), ints(5, source)],
    attrs: { rows: addDims(mulDims(batch, source), 1) },
  })),
];

const take = [
  sample("take", "a vector", dims, ({ source, rows }) => ({ inputs: [float(rows), ints(5, source)] })),
  sample("take", "repeated elements", dims, ({ batch, source, rows }) => ({
    inputs: [float(batch, rows), values("int32", [batch, source], [1, 4, 1, 1, 0])],
  })),
  sample("take", "one of each", dims, ({ batch, source, rows }) => ({
    inputs: [float(batch, source, rows), ints(5, batch, source, 1)],
  })),
];

const put = [
  sample("put", "repeated elements", dims, ({ batch, source, rows }) => ({
    inputs: [float(batch, source), values("int32", [batch, source], [1, 4, 1, 1, 0])],
    attrs: { size: rows },
  })),
  sample("put", "three axes", dims, ({ batch, source, rows }) => ({
    inputs: [float(batch, source, 2), ints(5, batch, source, 2)],
    attrs: { size: addDims(rows, 1) },
  })),
];

const topK = [
  sample("topK", "one", dims, ({ batch, columns }) => ({ inputs: [float(batch, columns)], attrs: { k: 1 } })),
  sample("topK", "some", dims, ({ batch, source, columns }) => ({
    inputs: [float(batch, source, columns)],
    attrs: { k: 3 },
  })),
  sample("topK", "all of a vector", {}, () => ({ inputs: [float(4)], attrs: { k: 4 } })),
];

const softmaxes = ["softmax", "logSoftmax"].flatMap((op) => [
  sample(op, "a vector", dims, ({ columns }) => ({ inputs: [float(columns)] })),
  sample(op, "four axes", dims, ({ batch, source, columns }) => ({ inputs: [float(batch, 2, source, columns)] })),
]);

const layerNorm = [
  sample("layerNorm", "a vector", {}, () => ({
    inputs: [float(5), float(5), float(5)],
    attrs: { epsilon: 1e-5 },
    differentiable: 1,
  })),
  sample("layerNorm", "three axes", dims, ({ batch, source }) => ({
    inputs: [float(batch, source, 4), float(4), float(4)],
    attrs: { epsilon: 1e-5 },
    differentiable: 1,
  })),
  sample("layerNorm", "a large epsilon", dims, ({ source }) => ({
    inputs: [float(source, 6), float(6), float(6)],
    attrs: { epsilon: 0.5 },
    differentiable: 1,
  })),
];

const rmsNorm = [
  sample("rmsNorm", "a vector", {}, () => ({ inputs: [float(5), float(5)], attrs: { epsilon: 1e-6 } })),
  sample("rmsNorm", "three axes", dims, ({ batch, source }) => ({
    inputs: [float(batch, source, 4), float(4)],
    attrs: { epsilon: 1e-6 },
  })),
  sample("rmsNorm", "heads, a large epsilon", dims, ({ batch, source }) => ({
    inputs: [float(batch, 2, source, 6), float(6)],
    attrs: { epsilon: 0.5 },
  })),
];

const crossEntropy = [0, 0.1].flatMap((smoothing) => [
  sample("crossEntropy", `smoothing ${smoothing}`, dims, ({ source }) => ({
    inputs: [float(source, 7), ints(7, source)],
    attrs: { smoothing },
  })),
  sample("crossEntropy", `smoothing ${smoothing}, ignored labels`, dims, ({ rows }) => ({
    inputs: [float(rows, 4), values("int32", [rows], [3, -100, 0, -100])],
    attrs: { smoothing },
  })),
]);

const crossEntropyGrad = [0, 0.1].map((smoothing) =>
  sample("crossEntropyGrad", `smoothing ${smoothing}`, dims, ({ rows }) => ({
    inputs: [float(rows), float(rows, 4), values("int32", [rows], [3, -100, 0, 2])],
    attrs: { smoothing },
  })),
);

const projectedCrossEntropy = [0, 0.1].flatMap((smoothing) =>
  [true, false].map((transposed) =>
    sample("projectedCrossEntropy", `smoothing ${smoothing}, transposed ${transposed}`, dims, ({ rows }) => ({
      inputs: [float(rows, 3), transposed ? float(5, 3) : float(3, 5), values("int32", [rows], [3, -100, 0, 4])],
      attrs: { smoothing, transposed },
      differentiable: 1,
    })),
  ),
);

const projectedRDrop = [0, 0.1].flatMap((smoothing) =>
  [true, false].map((transposed) =>
    sample("projectedRDrop", `smoothing ${smoothing}, transposed ${transposed}`, dims, ({ rows }) => ({
      inputs: [
        float(rows, 3),
        float(rows, 3),
        transposed ? float(5, 3) : float(3, 5),
        values("int32", [rows], [3, -100, 0, 4]),
      ],
      attrs: { smoothing, transposed, weight: 3 },
      differentiable: 1,
    })),
  ),
);

export const rows: readonly Sample[] = [
  ...gather,
  ...scatterAdd,
  ...take,
  ...put,
  ...topK,
  ...softmaxes,
  ...layerNorm,
  ...rmsNorm,
  ...crossEntropy,
  ...crossEntropyGrad,
  ...projectedCrossEntropy,
  ...projectedRDrop,
];
