import { digits } from "../table.ts";
import { shapeFlops } from "../train/flops.ts";
import { fitLine, type Line } from "./fit.ts";
import { LONGEST, type PointJob, smallTransformer } from "./jobs.ts";
import { type Measured, measure } from "./point.ts";
import type { Series } from "./series.ts";

/** How curves are measured. */
export interface CurveOptions {
  readonly threads: number;
  /** Seconds for each point. */
  readonly seconds: number;
  /** Fewer points. */
  readonly quick: boolean;
  readonly log: (line: string) => void;
}

/** Source and target tokens of a batch where sentences grow. */
const TOKENS = 4096;
const VOCABULARY = 8000;
/** Tokens of each side where other things grow. */
const LENGTH = 32;
const ROWS = 32;
const MB = 1e6;

export async function lengthCurve(options: CurveOptions): Promise<Series[]> {
  const config = smallTransformer(VOCABULARY);
  const points = await along("length", doublings(8, LONGEST, options.quick), "train", options, (n) => ({
    config,
    shape: { rows: TOKENS / (2 * n), source: n, target: n },
  }));
  const byFlops = fitLine(points.map(({ x, point }) => ({ x, y: shapeFlops(config, point.shape) / TOKENS })));
  const what = `against the tokens of a sentence, source as long as target; ${TOKENS} tokens a batch`;
  return [
    {
      title: `Training: time of a token ${what}`,
      theory: "a + b·n: products cost each token the same, attention compares it with n others",
      x: "n",
      y: "µs/token",
      points: points.map(({ x, point }) => ({ x, y: (1e6 * point.secondsEach) / TOKENS })),
      columns: timeColumns(points, "ms/step"),
      verdict: (line) => besideFlops(line, byFlops),
    },
    memorySeries(`Training: memory ${what}`, "n", points, {
      theory: "a + b·n: n² weights of attention for each sentence, of which there are fewer as they grow",
    }),
  ];
}

export async function vocabularyCurve(options: CurveOptions): Promise<Series[]> {
  const shape = { rows: ROWS, source: LENGTH, target: LENGTH };
  const points = await along("vocabulary", doublings(1000, 64_000, options.quick), "train", options, (vocabulary) => ({
    config: smallTransformer(vocabulary),
    shape,
  }));
  const { dModel } = smallTransformer(VOCABULARY);
  const targets = shape.rows * shape.target;
  const byFlops = fitLine(points.map(({ x, point }) => ({ x, y: shapeFlops(point.config, shape) })));
  // The table, its two moments and their updated values, its gradient; logits and probabilities.
  const leastBytes = 4 * (7 * dModel + 2 * targets);
  const what = `against the vocabulary; ${ROWS} sentences of ${LENGTH} + ${LENGTH} tokens`;
  return [
    {
      title: `Training: time of a step ${what}`,
      theory: "a + b·V: logits, loss, and Adam on the table of embeddings",
      x: "V",
      y: "ms/step",
      points: points.map(({ x, point }) => ({ x, y: 1000 * point.secondsEach })),
      columns: timeColumns(points, "µs/token"),
      verdict: (line) => besideFlops(line, byFlops),
    },
    memorySeries(`Training: memory ${what}`, "V", points, {
      theory: "a + b·V: logits and probabilities; the table, its moments and gradient",
      verdict: ({ slope }) =>
        `Bytes for each token of the vocabulary: ${digits(slope * MB)}; at least ${digits(leastBytes)} by theory, 4·(7·d + 2·target tokens)`,
    }),
  ];
}

export async function batchCurve(options: CurveOptions): Promise<Series[]> {
  const config = smallTransformer(VOCABULARY);
  const points = await along("batch", doublings(1, 256, options.quick), "train", options, (rows) => ({
    config,
    shape: { rows, source: LENGTH, target: LENGTH },
  }));
  const what = `against the sentences of a batch, of ${LENGTH} + ${LENGTH} tokens each`;
  return [
    {
      title: `Training: time of a step ${what}`,
      theory: "a + b·rows: a is what a step costs whatever its size (Adam, calls of kernels), b what a sentence costs",
      x: "rows",
      y: "ms/step",
      points: points.map(({ x, point }) => ({ x, y: 1000 * point.secondsEach })),
      columns: timeColumns(points, "µs/token"),
      verdict: ({ intercept, slope }) =>
        `What a step costs whatever its size is what ${digits(intercept / slope)} sentences cost`,
    },
    memorySeries(`Training: memory ${what}`, "rows", points, {
      theory: "a + b·rows: parameters and moments, and the activations of each sentence",
    }),
  ];
}

export async function decodingCurve(options: CurveOptions): Promise<Series[]> {
  const config = smallTransformer(VOCABULARY);
  const points = await along("decoding", doublings(8, LONGEST, options.quick), "decode", options, (n) => ({
    config,
    shape: { rows: ROWS, source: n, target: n },
  }));
  const what = `against the tokens of a sentence, source as long as translation; ${ROWS} sentences at once`;
  return [
    {
      title: `Greedy decoding: time of a generated token ${what}`,
      theory:
        "a + b·n: a step costs the same products whatever came before; with cached keys and values attention looks at n",
      x: "n",
      y: "µs/token",
      points: points.map(({ x, point }) => ({ x, y: (1e6 * point.secondsEach) / (ROWS * x) })),
      columns: {
        "ms/step": points.map(({ x, point }) => (1000 * point.secondsEach) / x),
        ...cores(points),
      },
    },
    memorySeries(`Greedy decoding: memory ${what}`, "n", points, {
      theory: "a + b·n: the cache of keys and values",
    }),
  ];
}

/** How steep a line is, whatever the speed of the machine. */
function besideFlops(line: Line, byFlops: Line): string {
  const steepness = ({ intercept, slope }: Line) => digits((1000 * slope) / intercept);
  return `1000·b/a: ${steepness(line)} measured, ${steepness(byFlops)} by the FLOPs of products alone`;
}

interface PointAt {
  readonly x: number;
  readonly point: Measured;
}

async function along(
  name: string,
  xs: readonly number[],
  what: "train" | "decode",
  { threads, seconds, log }: CurveOptions,
  at: (x: number) => Pick<PointJob, "config" | "shape">,
): Promise<PointAt[]> {
  const points: PointAt[] = [];
  for (const x of xs) {
    log(`${name}: ${x}`);
    points.push({ x, point: await measure(what, { ...at(x), threads, seconds }) });
  }
  return points;
}

/** From the first to the last, each twice the one before; every third of them for a quick look. */
function doublings(first: number, last: number, quick: boolean): number[] {
  const all: number[] = [];
  for (let x = first; x <= last; x *= 2) all.push(x);
  return quick ? all.filter((_, i) => i % 3 === 0) : all;
}

/** @param other The unit of time beside that of the curve. */
function timeColumns(
  points: readonly PointAt[],
  other: "ms/step" | "µs/token",
): Readonly<Record<string, readonly number[]>> {
  const tokens = ({ shape: { rows, source, target } }: Measured) => rows * (source + target);
  const each = ({ point }: PointAt) =>
    other === "ms/step" ? 1000 * point.secondsEach : (1e6 * point.secondsEach) / tokens(point);
  return {
    [other]: points.map(each),
    "GFLOP/s": points.map(({ point }) => shapeFlops(point.config, point.shape) / point.secondsEach / 1e9),
    ...cores(points),
  };
}

const cores = (points: readonly PointAt[]) => ({ "cores busy": points.map(({ point }) => point.coresBusy) });

function memorySeries(
  title: string,
  x: string,
  points: readonly PointAt[],
  { theory, verdict }: { readonly theory: string; readonly verdict?: (line: Line) => string },
): Series {
  const peaks = points.map(({ x, point }) => ({ x, y: point.peakBytes / MB }));
  return { title, theory, x, y: "peak MB", points: peaks, ...(verdict && { verdict }) };
}
