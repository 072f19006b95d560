import { HeedError } from "../error.ts";

/**
 * A dimension: a number, or an expression over named symbols that is bound to a number on every call.
 * Symbols let one compiled program serve every batch shape.
 */
export type Dim = number | Sym;

/**
 * A normalised integer polynomial over atoms. Two equal expressions have the same `key`, so they compare structurally.
 * Plain data: it can be posted to a worker.
 */
export interface Sym {
  readonly key: string;
  readonly terms: readonly Term[];
}

/** A summand of a `Sym`. */
export interface Term {
  readonly coefficient: number;
  /** Sorted by key; a repeated atom is a power. */
  readonly atoms: readonly Atom[];
}

/** A symbol, or an expression divided by a number and rounded down. */
export type Atom = { readonly name: string } | { readonly floor: Sym; readonly by: number };

/** The symbol of that name, for example `batch` or `source`. */
export function sym(name: string): Sym {
  return fromTerms([{ coefficient: 1, atoms: [{ name }] }]) as Sym;
}

export function isSym(dim: Dim): dim is Sym {
  return typeof dim !== "number";
}

/** a + b */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return fromTerms([...termsOf(a), ...termsOf(b)]);
}

/** a · b */
export function mulDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const products = termsOf(a).flatMap((s) =>
    termsOf(b).map((t) => ({ coefficient: s.coefficient * t.coefficient, atoms: [...s.atoms, ...t.atoms] })),
  );
  return fromTerms(products);
}

/** a − b */
export function subDims(a: Dim, b: Dim): Dim {
  return addDims(a, mulDims(-1, b));
}

/** ⌊a / by⌋, simplified where the division is exact for every binding. */
export function floorDivDim(a: Dim, by: number): Dim {
  if (typeof a === "number") return Math.floor(a / by);
  if (a.terms.every((term) => term.coefficient % by === 0)) {
    return fromTerms(a.terms.map((term) => ({ ...term, coefficient: term.coefficient / by })));
  }
  return fromTerms([{ coefficient: 1, atoms: [{ floor: a, by }] }]);
}

/** a / b where b divides a for every binding; undefined where that is not certain. */
export function exactDivDim(a: Dim, b: Dim): Dim | undefined {
  if (dimEquals(a, b)) return 1;
  if (typeof b === "number") {
    const exact = termsOf(a).every((term) => b !== 0 && term.coefficient % b === 0);
    return exact ? floorDivDim(a, b) : undefined;
  }
  const [divisor, ...others] = b.terms;
  if (divisor === undefined || others.length > 0) return undefined;
  const quotients = termsOf(a).map((term) => divideTerm(term, divisor));
  return quotients.every((q) => q !== undefined) ? fromTerms(quotients) : undefined;
}

export function dimEquals(a: Dim, b: Dim): boolean {
  return typeof a === "number" || typeof b === "number" ? a === b : a.key === b.key;
}

export function shapeEquals(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, i) => dimEquals(dim, b[i]!));
}

/** The product of a shape's dimensions: its number of elements. */
export function sizeOf(shape: readonly Dim[]): Dim {
  return shape.reduce<Dim>(mulDims, 1);
}

/** The value of a dimension under bindings of its symbols. */
export function evaluateDim(dim: Dim, bindings: ReadonlyMap<string, number>): number {
  if (typeof dim === "number") return dim;
  let sum = 0;
  for (const term of dim.terms) {
    let product = term.coefficient;
    for (const atom of term.atoms) product *= evaluateAtom(atom, bindings);
    sum += product;
  }
  return sum;
}

/** A dimension with others in the place of symbols. */
export function substituteDim(dim: Dim, values: ReadonlyMap<string, Dim>): Dim {
  const atomValue = (atom: Atom): Dim =>
    "name" in atom
      ? (values.get(atom.name) ?? sym(atom.name))
      : floorDivDim(substituteDim(atom.floor, values), atom.by);
  const products = termsOf(dim).map(({ coefficient, atoms }) => atoms.map(atomValue).reduce(mulDims, coefficient));
  return products.reduce(addDims, 0);
}

/** The name, where the dimension is one symbol and nothing else. */
export function symbolName(dim: Dim): string | undefined {
  if (typeof dim === "number" || dim.terms.length !== 1) return undefined;
  const [term] = dim.terms;
  if (term!.coefficient !== 1 || term!.atoms.length !== 1) return undefined;
  const [atom] = term!.atoms;
  return "name" in atom! ? atom.name : undefined;
}

export function formatDim(dim: Dim): string {
  return typeof dim === "number" ? String(dim) : dim.key;
}

export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.map(formatDim).join(", ")}]`;
}

function termsOf(dim: Dim): readonly Term[] {
  if (typeof dim !== "number") return dim.terms;
  return dim === 0 ? [] : [{ coefficient: dim, atoms: [] }];
}

function fromTerms(terms: readonly Term[]): Dim {
  const merged = new Map<string, Term>();
  for (const { coefficient, atoms } of terms) {
    const sorted = [...atoms].sort((a, b) => compare(atomKey(a), atomKey(b)));
    const key = sorted.map(atomKey).join("*");
    merged.set(key, { coefficient: coefficient + (merged.get(key)?.coefficient ?? 0), atoms: sorted });
  }
  const kept = [...merged].filter(([, term]) => term.coefficient !== 0).sort(byDegreeThenKey);
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0]![0] === "") return kept[0]![1].coefficient;
  const key = kept.map(([atoms, { coefficient }], i) => formatTerm(atoms, coefficient, i === 0)).join("");
  return { key, terms: kept.map(([, term]) => term) };
}

function formatTerm(atoms: string, coefficient: number, first: boolean): string {
  const sign = coefficient < 0 ? "-" : first ? "" : "+";
  const magnitude = Math.abs(coefficient);
  if (atoms === "") return `${sign}${magnitude}`;
  return magnitude === 1 ? `${sign}${atoms}` : `${sign}${magnitude}*${atoms}`;
}

function byDegreeThenKey([a, s]: [string, Term], [b, t]: [string, Term]): number {
  return t.atoms.length - s.atoms.length || compare(a, b);
}

function divideTerm(term: Term, divisor: Term): Term | undefined {
  if (term.coefficient % divisor.coefficient !== 0) return undefined;
  const atoms = [...term.atoms];
  for (const atom of divisor.atoms) {
    const at = atoms.findIndex((candidate) => atomKey(candidate) === atomKey(atom));
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  return { coefficient: term.coefficient / divisor.coefficient, atoms };
}

function atomKey(atom: Atom): string {
  if ("name" in atom) return atom.name;
  return symbolName(atom.floor) === undefined ? `((${atom.floor.key})/${atom.by})` : `(${atom.floor.key}/${atom.by})`;
}

function evaluateAtom(atom: Atom, bindings: ReadonlyMap<string, number>): number {
  if ("floor" in atom) return Math.floor(evaluateDim(atom.floor, bindings) / atom.by);
  const value = bindings.get(atom.name);
  if (value === undefined) {
    throw new HeedError("SHAPE_MISMATCH", `The dimension "${atom.name}" is not bound by any input.`);
  }
  return value;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Every symbol name in a dimension. */
export function symbolsIn(dim: Dim): string[] {
  if (typeof dim === "number") return [];
  return dim.terms.flatMap((term) =>
    term.atoms.flatMap((atom) => ("name" in atom ? [atom.name] : symbolsIn(atom.floor))),
  );
}
