import { addDims, type Dim } from "../../../src/graph/index.ts";
import { add, gather, greater, loop, matmul, sub, sum, tanh } from "../../../src/ops/index.ts";
import { float, type Sample, sample, values } from "./sample.ts";

const dims = { batch: 2, source: 3, target: 2, past: 4 };
const [HEADS, WIDTH] = [2, 6];

const addLayerNorm = [
  sample("addLayerNorm", "a matrix", dims, ({ source }) => ({
    inputs: [float(source, 6), float(source, 6), float(6), float(6), float(6)],
    attrs: { epsilon: 1e-5 },
  })),
  sample("addLayerNorm", "three axes, a large epsilon", dims, ({ batch, source }) => ({
    inputs: [float(batch, source, 4), float(batch, source, 4), float(4), float(4), float(4)],
    attrs: { epsilon: 0.5 },
  })),
];

const addLayerNormAndSum = [
  sample("addLayerNormAndSum", "three axes", dims, ({ batch, source }) => ({
    inputs: [float(batch, source, 4), float(batch, source, 4), float(4), float(4), float(4)],
    attrs: { epsilon: 1e-5 },
  })),
];

const heads = (batch: Dim, positions: Dim) => float(batch, HEADS, positions, WIDTH / HEADS);

const attended = (batch: Dim, source: Dim) => values("int32", [batch, source], [1, 1, 1, 1, 0, 0]);

const attend = [
  sample("attend", "padded sources", dims, ({ batch, source, target }) => ({
    inputs: [
      float(batch, target, WIDTH),
      heads(batch, source),
      heads(batch, source),
      float(3 * WIDTH),
      attended(batch, source),
    ],
    attrs: { numHeads: HEADS },
  })),
  sample("attend", "keys and values that are not cut into heads", dims, ({ batch, source, target }) => ({
    inputs: [
      float(batch, target, WIDTH),
      float(batch, source, WIDTH),
      float(batch, source, WIDTH),
      float(3 * WIDTH),
      attended(batch, source),
    ],
    attrs: { numHeads: HEADS },
  })),
];

const attendToPast = [
  sample("attendToPast", "beams that see slots of their own", dims, ({ batch, target, past }) => ({
    inputs: [
      ...Array.from({ length: 3 }, () => float(batch, target, WIDTH)),
      values(
        "float",
        [batch, 1, target, addDims(past, target)],
        [0, -1e9, 0, -1e9, 0, -1e9, -1e9, 0, 0, -1e9, -1e9, 0],
      ),
      heads(batch, past),
      heads(batch, past),
    ],
    attrs: { numHeads: HEADS },
  })),
];

const attendHeads = [
  sample("attendHeads", "a mask of all heads, any scale", dims, ({ batch, source, target }) => ({
    inputs: [
      heads(batch, target),
      heads(batch, source),
      heads(batch, source),
      values("float", [1, 1, target, source], [0, 0.5, -1e9, -0.5, 0, 0]),
    ],
    attrs: { scale: 0.3 },
  })),
  sample(
    "attendHeads",
    "heads that share keys, a mask of each head, behind a past",
    dims,
    ({ batch, target, past }) => ({
      inputs: [
        float(batch, 2 * HEADS, target, 3),
        float(batch, HEADS, target, 3),
        float(batch, HEADS, target, 3),
        values("float", [batch, 2 * HEADS, target, addDims(past, target)], [0, -0.3, -1e9, 0.2, 0, -0.1, -1e9]),
        float(batch, HEADS, past, 3),
        float(batch, HEADS, past, 3),
      ],
      attrs: { scale: 0.6 },
    }),
  ),
];

/** A recurrent network, with a countdown of each row that ends it once their sum is used up. */
const recurrent = (name: string, countdowns: readonly number[]): Sample => ({
  ...sample("loop", name, { rows: 2, steps: 5 }, ({ rows, steps }) => ({
    inputs: [float(rows, 3), float(3, 3), float(steps, 3), values("int32", [rows], countdowns)],
  })),
  call([start, weight, table, countdown]) {
    const { y } = loop(table!.shape[0]!, { x: start!, left: countdown! }, ({ x, left }, iteration) => {
      const [state, less] = [tanh(add(matmul(x, weight!), gather(table!, iteration))), sub(left, 1)];
      return { goesOn: greater(sum(less), 0), next: { x: state, left: less }, each: { y: state } };
    });
    return [y];
  },
});
const loops = [recurrent("until it ends itself", [2, 1]), recurrent("as often as it may", [9])];

export const decoding: readonly Sample[] = [
  ...addLayerNorm,
  ...addLayerNormAndSum,
  ...attend,
  ...attendHeads,
  ...attendToPast,
  ...loops,
];
