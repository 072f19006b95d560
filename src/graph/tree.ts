import { HeedError } from "../error.ts";

/**
 * A tree of leaves in plain arrays and plain objects. Parameters, gradients, optimizer moments and decoding state are
 * trees of one shape, so that each of their operations is one `mapTree`. A leaf is anything that is neither
 * a plain array nor a plain object; a key that is undefined is no leaf.
 */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> | undefined };

/** The same tree with another type of leaf. */
export type MapLeaves<S, From, To> = S extends From
  ? To
  : S extends readonly (infer E)[]
    ? readonly MapLeaves<E, From, To>[]
    : S extends object
      ? { readonly [K in keyof S]: MapLeaves<S[K], From, To> }
      : never;

/** Path of a leaf: keys and indices joined by dots, for example `encoder.layers.0.selfAttention.query.weight`. */
export function flattenTree<T>(tree: Tree<T>, prefix = ""): Map<string, T> {
  const leaves = new Map<string, T>();
  visit(tree, prefix, (path, leaf) => leaves.set(path, leaf));
  return leaves;
}

/** Rebuilds the tree with each leaf replaced. */
export function mapTree<S, T, U>(tree: S & Tree<T>, fn: (leaf: T, path: string) => U): MapLeaves<S, T, U> {
  return rebuild(tree as Tree<T>, "", fn) as MapLeaves<S, T, U>;
}

/** Rebuilds a tree of the shape of `like` from leaves by path. */
export function unflattenTree<S, T, U>(like: S & Tree<T>, leaves: ReadonlyMap<string, U>): MapLeaves<S, T, U> {
  return mapTree<S, T, U>(like, (_, path) => {
    const leaf = leaves.get(path);
    if (leaf === undefined) throw new HeedError("GRAPH_INVALID", `The tree has no leaf "${path}".`, { path });
    return leaf;
  });
}

function rebuild<T, U>(tree: Tree<T>, path: string, fn: (leaf: T, path: string) => U): Tree<U> {
  if (!isBranch(tree)) return fn(tree as T, path);
  if (Array.isArray(tree)) return tree.map((child: Tree<T>, i) => rebuild(child, join(path, String(i)), fn));
  const entries = childrenOf(tree);
  return Object.fromEntries(entries.map(([key, child]) => [key, rebuild(child, join(path, key), fn)]));
}

function visit<T>(tree: Tree<T>, path: string, fn: (path: string, leaf: T) => void): void {
  if (!isBranch(tree)) {
    fn(path, tree as T);
    return;
  }
  for (const [key, child] of childrenOf(tree)) visit(child, join(path, key), fn);
}

function childrenOf<T>(tree: Tree<T>): [string, Tree<T>][] {
  const children = Object.entries(tree as { [key: string]: Tree<T> | undefined });
  return children.filter((child): child is [string, Tree<T>] => child[1] !== undefined);
}

function isBranch(tree: unknown): boolean {
  if (tree === null || typeof tree !== "object") return false;
  return Array.isArray(tree) || Object.getPrototypeOf(tree) === Object.prototype;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
