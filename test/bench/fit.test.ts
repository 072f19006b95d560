import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitLine, valueAt } from "../../bench/growth/fit.ts";

describe("fitLine", () => {
  it("finds the line that points lie on, however far they spread", () => {
    const coefficient = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    const exponents = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(coefficient, coefficient, exponents, (intercept, slope, powers) => {
        const line = { intercept, slope };
        const points = powers.map((power) => ({ x: 2 ** power, y: valueAt(line, 2 ** power) }));
        const fitted = fitLine(points);
        expect(fitted.residual).toBeLessThan(1e-9);
        for (const { x, y } of points) expect(valueAt(fitted, x) / y).toBeCloseTo(1, 9);
      }),
    );
  });

  it("makes the relative errors least: no line near by is better", () => {
    const points = [
      { x: 1, y: 2.1 },
      { x: 10, y: 3.3 },
      { x: 1000, y: 90 },
    ];
    const { residual, ...best } = fitLine(points);
    const off = (line: typeof best) =>
      Math.sqrt(points.reduce((sum, { x, y }) => sum + (valueAt(line, x) / y - 1) ** 2, 0) / points.length);
    expect(off(best)).toBeCloseTo(residual, 12);
    for (const [intercept, slope] of [
      [1.01, 1],
      [0.99, 1],
      [1, 1.01],
      [1, 0.99],
    ] as const) {
      expect(off({ intercept: best.intercept * intercept, slope: best.slope * slope })).toBeGreaterThan(residual);
    }
  });
});
