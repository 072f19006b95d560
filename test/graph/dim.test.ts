import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import {
  addDims,
  type Dim,
  dimEquals,
  evaluateDim,
  exactDivDim,
  floorDivDim,
  formatDim,
  formatShape,
  mulDims,
  sizeOf,
  subDims,
  substituteDim,
  sym,
  symbolName,
  symbolsIn,
} from "../../src/graph/index.ts";

/** An expression, and what it is worth computed without Heed. */
interface Expression {
  readonly dim: Dim;
  readonly value: (bindings: ReadonlyMap<string, number>) => number;
}

const names = ["batch", "source", "past"];
const symbol = fc.constantFrom(...names).map<Expression>((name) => ({ dim: sym(name), value: (b) => b.get(name)! }));
const number = fc.integer({ min: -6, max: 6 }).map<Expression>((n) => ({ dim: n, value: () => n }));
const divisor = fc.integer({ min: 1, max: 5 });

const polynomial = (depth: number): fc.Arbitrary<Expression> =>
  depth === 0 ? fc.oneof(symbol, number) : fc.oneof(symbol, number, combined(polynomial(depth - 1)));

const expression = (depth: number): fc.Arbitrary<Expression> =>
  depth === 0
    ? fc.oneof(symbol, number)
    : fc.oneof(symbol, number, combined(expression(depth - 1)), floored(expression(depth - 1)));

function combined(of: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.tuple(fc.constantFrom("+", "-", "*"), of, of).map(([operator, a, b]) => {
    if (operator === "+") return { dim: addDims(a.dim, b.dim), value: (at) => a.value(at) + b.value(at) };
    if (operator === "-") return { dim: subDims(a.dim, b.dim), value: (at) => a.value(at) - b.value(at) };
    return { dim: mulDims(a.dim, b.dim), value: (at) => a.value(at) * b.value(at) };
  });
}

function floored(of: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc
    .tuple(of, divisor)
    .map(([a, by]) => ({ dim: floorDivDim(a.dim, by), value: (at) => Math.floor(a.value(at) / by) }));
}

const bindings = fc
  .tuple(...names.map(() => fc.integer({ min: 0, max: 20 })))
  .map((sizes) => new Map(names.map((name, i) => [name, sizes[i]!])));

const any = expression(3);

describe("a dimension", () => {
  it("is worth what its expression is worth", () => {
    fc.assert(fc.property(any, bindings, ({ dim, value }, at) => evaluateDim(dim, at) === value(at)));
  });

  it("adds, subtracts and multiplies as its values do", () => {
    fc.assert(
      fc.property(any, any, bindings, (a, b, at) => {
        const [x, y] = [evaluateDim(a.dim, at), evaluateDim(b.dim, at)];
        expect(evaluateDim(addDims(a.dim, b.dim), at) === x + y).toBe(true);
        expect(evaluateDim(subDims(a.dim, b.dim), at) === x - y).toBe(true);
        expect(evaluateDim(mulDims(a.dim, b.dim), at) === x * y).toBe(true);
      }),
    );
  });

  it("compares structurally: the laws of arithmetic give equal expressions", () => {
    fc.assert(
      fc.property(any, any, any, ({ dim: a }, { dim: b }, { dim: c }) => {
        expectEqual(addDims(a, b), addDims(b, a));
        expectEqual(mulDims(a, b), mulDims(b, a));
        expectEqual(addDims(addDims(a, b), c), addDims(a, addDims(b, c)));
        expectEqual(mulDims(mulDims(a, b), c), mulDims(a, mulDims(b, c)));
        expectEqual(mulDims(a, addDims(b, c)), addDims(mulDims(a, b), mulDims(a, c)));
        expectEqual(subDims(a, a), 0);
        expectEqual(subDims(addDims(a, b), b), a);
      }),
    );
  });

  it("has one normal form: polynomials that agree everywhere are equal, others are not", () => {
    const far = new Map([
      ["batch", 1009],
      ["source", 10_007],
      ["past", 100_003],
    ]);
    fc.assert(
      fc.property(polynomial(2), polynomial(2), (a, b) => {
        expect(dimEquals(a.dim, b.dim)).toBe(a.value(far) === b.value(far));
      }),
    );
  });

  it("is worth the same whether a symbol is bound to a number or to what is worth that number", () => {
    fc.assert(
      fc.property(any, any, bindings, ({ dim, value }, past, at) => {
        const substituted = substituteDim(dim, new Map([["past", past.dim]]));
        expect(evaluateDim(substituted, at) === value(new Map([...at, ["past", past.value(at)]]))).toBe(true);
      }),
    );
  });

  it("is a number where it has no symbols", () => {
    expect(subDims(addDims(sym("n"), 3), sym("n"))).toBe(3);
    expect(mulDims(sym("n"), 0)).toBe(0);
  });

  it("is plain data", () => {
    fc.assert(
      fc.property(any, bindings, ({ dim }, at) => {
        const copy = structuredClone(dim);
        expect(dimEquals(copy, dim)).toBe(true);
        expect(evaluateDim(copy, at)).toBe(evaluateDim(dim, at));
      }),
    );
  });

  it("needs the values of its symbols", () => {
    expect(() => evaluateDim(addDims(sym("past"), 1), new Map())).toThrow(HeedError);
    expect(() => evaluateDim(sym("past"), new Map())).toThrow(/"past"/);
  });
});

describe("floorDivDim", () => {
  it("undoes a multiplication", () => {
    fc.assert(fc.property(any, divisor, ({ dim }, by) => expectEqual(floorDivDim(mulDims(dim, by), by), dim)));
  });

  it("rounds down, negative numbers too", () => {
    expect(floorDivDim(-1, 2)).toBe(-1);
    expect(evaluateDim(floorDivDim(subDims(sym("n"), 3), 2), new Map([["n", 2]]))).toBe(-1);
  });
});

describe("exactDivDim", () => {
  const nonzero = fc.integer({ min: 1, max: 6 });
  const monomial = fc
    .tuple(nonzero, fc.array(fc.constantFrom(...names), { maxLength: 2 }))
    .map(([factor, symbols]) => symbols.map(sym).reduce<Dim>(mulDims, factor));

  it("undoes a multiplication", () => {
    fc.assert(
      fc.property(any, monomial, ({ dim }, by) => {
        const quotient = exactDivDim(mulDims(dim, by), by);
        expect(quotient).toBeDefined();
        expectEqual(quotient!, dim);
      }),
    );
  });

  it("gives a quotient only where it divides for every binding", () => {
    fc.assert(
      fc.property(
        any,
        fc.oneof(
          any,
          monomial.map((dim) => ({ dim })),
        ),
        (a, by) => {
          const quotient = exactDivDim(a.dim, by.dim);
          if (quotient !== undefined) expectEqual(mulDims(quotient, by.dim), a.dim);
        },
      ),
    );
  });

  it("gives none where it is uncertain", () => {
    const n = sym("n");
    expect(exactDivDim(n, 2)).toBeUndefined();
    expect(exactDivDim(addDims(n, 1), n)).toBeUndefined();
    expect(exactDivDim(6, n)).toBeUndefined();
    expect(exactDivDim(7, 2)).toBeUndefined();
    expect(exactDivDim(3, 0)).toBeUndefined();
    expect(exactDivDim(mulDims(n, 3), mulDims(n, 2))).toBeUndefined();
    expect(exactDivDim(mulDims(n, 2), addDims(n, n))).toBe(1);
  });
});

describe("the text of a dimension", () => {
  const [batch, source] = [sym("batch"), sym("source")];

  it.each([
    ["4", 4],
    ["source", source],
    ["source+1", addDims(1, source)],
    ["source-1", subDims(source, 1)],
    ["-source+3", subDims(3, source)],
    ["batch*source", mulDims(source, batch)],
    ["2*source*source", mulDims(mulDims(source, source), 2)],
    ["batch*source+batch", mulDims(addDims(source, 1), batch)],
    ["(source/2)", floorDivDim(source, 2)],
    ["((source+1)/2)", floorDivDim(addDims(source, 1), 2)],
  ] as const)("is %s", (text, dim) => {
    expect(formatDim(dim)).toBe(text);
  });

  it("names a symbol that stands alone, and all symbols within", () => {
    expect(symbolName(batch)).toBe("batch");
    for (const dim of [3, addDims(batch, 1), mulDims(batch, 2), mulDims(batch, batch), floorDivDim(batch, 2)]) {
      expect(symbolName(dim)).toBeUndefined();
    }
    expect(new Set(symbolsIn(addDims(mulDims(batch, 2), floorDivDim(source, 3))))).toEqual(
      new Set(["batch", "source"]),
    );
  });

  it("lists a shape", () => {
    expect(formatShape([batch, 3, addDims(source, 1)])).toBe("[batch, 3, source+1]");
    expectEqual(sizeOf([batch, 3, source]), mulDims(3, mulDims(source, batch)));
    expect(sizeOf([])).toBe(1);
  });
});

function expectEqual(actual: Dim, expected: Dim): void {
  expect(dimEquals(actual, expected), `${formatDim(actual)} is ${formatDim(expected)}`).toBe(true);
}
