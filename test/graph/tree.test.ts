import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { flattenTree, float32, mapTree, type Tree, unflattenTree } from "../../src/graph/index.ts";

const tree = {
  encoder: {
    layers: [
      { weight: 1, bias: 2 },
      { weight: 3, bias: 4 },
    ],
  },
  scale: 5,
};

/** Any nesting of arrays and objects. */
const anyTree = fc.letrec<{ tree: Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("tree"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree;

describe("a tree", () => {
  it("names its leaves by paths, in the order of its keys", () => {
    expect([...flattenTree<number>(tree)]).toEqual([
      ["encoder.layers.0.weight", 1],
      ["encoder.layers.0.bias", 2],
      ["encoder.layers.1.weight", 3],
      ["encoder.layers.1.bias", 4],
      ["scale", 5],
    ]);
    expect([...flattenTree<number>({ a: [7] }, "adam.m").keys()]).toEqual(["adam.m.a.0"]);
  });

  it("that is a leaf has the empty path", () => {
    expect([...flattenTree<number>(3)]).toEqual([["", 3]]);
    expect(mapTree(3, (leaf: number) => leaf + 1)).toBe(4);
  });

  it("is mapped leaf by leaf, with the same paths and shape", () => {
    expect(mapTree(tree, (leaf: number, path) => `${path}=${leaf}`)).toEqual({
      encoder: {
        layers: [
          { weight: "encoder.layers.0.weight=1", bias: "encoder.layers.0.bias=2" },
          { weight: "encoder.layers.1.weight=3", bias: "encoder.layers.1.bias=4" },
        ],
      },
      scale: "scale=5",
    });
    fc.assert(
      fc.property(anyTree, (any) => {
        expect(mapTree(any, (leaf: number) => leaf)).toEqual(any);
        const paths = [...flattenTree<number>(mapTree(any, (_: number, path) => path) as unknown as Tree<number>)];
        expect(paths.every(([path, leaf]) => path === String(leaf))).toBe(true);
      }),
    );
  });

  it("is rebuilt from its leaves", () => {
    fc.assert(
      fc.property(anyTree, (any) => {
        expect(unflattenTree(any, flattenTree<number>(any))).toEqual(any);
      }),
    );
  });

  it("is not rebuilt where a leaf is missing", () => {
    const leaves = flattenTree<number>(tree);
    leaves.delete("encoder.layers.1.bias");
    expect(() => unflattenTree(tree, leaves)).toThrow(HeedError);
    expect(() => unflattenTree(tree, leaves)).toThrow(/"encoder.layers.1.bias"/);
  });

  it("takes instances of classes and typed arrays for leaves", () => {
    const data = float32([2], [1, 2]);
    const array = new Float32Array(2);
    const leaves = flattenTree<unknown>({ data, array, map: new Map(), nothing: null });
    expect([...leaves.keys()]).toEqual(["data", "array", "map", "nothing"]);
    expect(leaves.get("data")).toBe(data);
  });
});
