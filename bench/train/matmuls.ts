import { median, total } from "../statistics.ts";
import { costliest, secondsOf, type TraceEvent } from "./trace.ts";

/** A matrix product by the shapes of its factors. */
export interface Product {
  readonly inputs: readonly [readonly number[], readonly number[]];
  readonly transA: boolean;
  readonly transB: boolean;
}

/** All products of one class in the steps: sizes that the model fixes are told, positions and rows left open. */
export interface MatmulTime {
  /** As in "FusedMatMul [·, ·, 128] [10000, 128] → [·, ·, 10000]". */
  readonly shape: string;
  readonly calls: number;
  readonly seconds: number;
  /** FLOP/s in the steps. */
  readonly flops: number;
  /** The rate in the steps of the product that stands for the class, by its rate in a program of its own. */
  readonly ofAlone: number | null;
}

const OPERATORS = new Set(["MatMul", "FusedMatMul", "Gemm", "FusedGemm"]);

export const isMatmul = ({ args }: TraceEvent): boolean => OPERATORS.has(args.op_name ?? "");

/** The product that stands for each class, the costliest classes first. `fixed`: sizes that the model fixes. */
export function representatives(steps: readonly TraceEvent[], fixed: ReadonlySet<number>, count: number): Product[] {
  const classes = costliest(steps.filter(isMatmul), (event) => className(event, fixed));
  return classes.slice(0, count).map(([, events]) => productOf(largest(events)));
}

/** @param alone Products that were run in programs of their own. */
export function matmulTimes(
  steps: readonly TraceEvent[],
  alone: readonly TraceEvent[],
  fixed: ReadonlySet<number>,
): MatmulTime[] {
  const classes = costliest(steps.filter(isMatmul), (event) => className(event, fixed));
  return classes.map(([shape, events]) => {
    const representative = identity(largest(events));
    const durations = (among: readonly TraceEvent[]) =>
      among.filter((event) => isMatmul(event) && identity(event) === representative).map(({ dur }) => dur);
    const byItself = durations(alone);
    return {
      shape,
      calls: events.length,
      seconds: secondsOf(events),
      flops: total(events.map(flopsOf)) / secondsOf(events),
      ofAlone: byItself.length === 0 ? null : median(byItself) / median(durations(events)),
    };
  });
}

function className(event: TraceEvent, fixed: ReadonlySet<number>): string {
  const { a, b, output } = shapesOf(event);
  const letters = (dims: readonly number[]) => `[${dims.map((dim) => (fixed.has(dim) ? dim : "·")).join(", ")}]`;
  return `${event.args.op_name} ${letters(a)} ${letters(b)} → ${letters(output)}`;
}

const identity = (event: TraceEvent): string => JSON.stringify([event.args.op_name, shapesOf(event)]);

function largest(events: readonly TraceEvent[]): TraceEvent {
  return events.reduce((most, event) => (flopsOf(event) > flopsOf(most) ? event : most));
}

/** The profiler does not tell which factors are transposed; the shapes do, but for squares, where it costs the same. */
function productOf(event: TraceEvent): Product {
  const { a, b, output } = shapesOf(event);
  const fits = ([transA, transB]: readonly [boolean, boolean]) => {
    const [m, k] = transA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
    const [k2, n] = transB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
    return k === k2 && m === output.at(-2) && n === output.at(-1);
  };
  const plain = [false, false] as const;
  const transposed = [[false, true], [true, false], [true, true], plain] as const;
  const [transA, transB] = event.args.op_name === "MatMul" ? plain : (transposed.find(fits) ?? plain);
  return { inputs: [a, b], transA, transB };
}

/** 2 · m · k · n for each of the products that one call computes: from the sizes of both factors and the result. */
function flopsOf(event: TraceEvent): number {
  const { a, b, output } = shapesOf(event);
  const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
  const batch = b.length > 2 ? size(output.slice(0, -2)) : 1;
  return 2 * Math.sqrt((size(a) * size(b) * size(output)) / batch);
}

function shapesOf({ args }: TraceEvent) {
  const [a, b] = args.input_type_shape!.map((type) => Object.values(type)[0]!);
  return { a: a!, b: b!, output: Object.values(args.output_type_shape![0]!)[0]! };
}
