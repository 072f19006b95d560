import type { Emit } from "../graph/tensor.ts";

/** π in parts of few bits, so that a multiple of each up to the 16,384th, halves too, is exact in float32. */
const HIGH = 201 / 64;
const MIDDLE = Math.floor((Math.PI - HIGH) * 2 ** 20) / 2 ** 20;
const LOW = Math.PI - HIGH - MIDDLE;

/** sin r ≈ r + r s (a + b s + c s² + d s³) with s = r², for |r| ≤ π/2: nearest in the greatest relative error (5e-9). */
const SERIES = [-0.16666660437778882, 0.008333087440659635, -0.00019811053446307253, 2.6087896191258954e-6];

/**
 * sin (x + shift · π) in float32 of operations that every GPU does exactly. WebGPU's own sine may be off by 2⁻¹¹, and for
 * |x| > π by anything (WGSL, "Accuracy of Concrete Floating Point Expressions"); rotary positions turn further than that.
 *
 * The sine of x = r + (k − shift) π, with r about −π/2 to π/2, is (−1)ᵏ sin r.
 */
export function emitSine(emit: Emit, x: string, shift: 0 | 0.5): string {
  const constant = (value: number) => emit.scalar(value, "float32");
  const of = (op: string, ...inputs: string[]) => emit.node(op, inputs)[0]!;
  const times = (a: string, value: number) => of("Mul", a, constant(value));
  const plus = (a: string, value: number) => of("Add", a, constant(value));

  const k = of("Floor", plus(times(x, 1 / Math.PI), 0.5 + shift));
  const turns = shift === 0 ? k : plus(k, -shift);
  const r = [HIGH, MIDDLE, LOW].reduce((rest, part) => of("Sub", rest, times(turns, part)), x);
  const s = of("Mul", r, r);
  const [last, ...others] = SERIES.toReversed() as [number, ...number[]];
  const series = others.reduce((sum, coefficient) => plus(of("Mul", sum, s), coefficient), constant(last));
  const sine = of("Add", of("Mul", of("Mul", series, s), r), r);
  const half = times(k, 0.5);
  const odd = of("Sub", half, of("Floor", half));
  return of("Mul", sine, plus(times(odd, -4), 1));
}
