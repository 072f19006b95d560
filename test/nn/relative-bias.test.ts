import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type BucketOptions, relativeBuckets } from "../../src/nn/relative-bias.ts";

/** By the class of T5 in Python's transformers: the positions at which the bucket changes. */
interface Case extends BucketOptions {
  readonly changes: readonly (readonly [position: number, bucket: number])[];
}

const fixture = new URL("../fixtures/t5-buckets.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { readonly cases: readonly Case[] };

describe("relative positions fall into PyTorch's buckets", () => {
  it.each(cases.map((each) => [nameOf(each), each] as const))("%s", (_, { changes, ...options }) => {
    const last = options.maxDistance + 1;
    const { data } = relativeBuckets(options);
    expect(data.length).toBe(2 * last + 1);
    const positions = Array.from({ length: 601 }, (_, i) => i - 300);
    const found = positions.map((position) => data[Math.min(Math.max(position, -last), last) + last]!);
    expect(found).toEqual(positions.map((position) => changes.findLast(([at]) => at <= position)![1]));
  });
});

function nameOf({ numBuckets, maxDistance, bidirectional }: Case): string {
  return `${numBuckets} to ${maxDistance}, ${bidirectional ? "both directions" : "backwards"}`;
}
