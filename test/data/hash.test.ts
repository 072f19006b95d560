import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HashSet64, hash128, hashText } from "../../src/data/index.ts";
import { OffsetList } from "../../src/data/offsets.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/murmur3.json", import.meta.url), "utf8"));

describe("hash128", () => {
  it("equals the Python package mmh3", () => {
    for (const { text, seed, words } of fixture.cases) expect([...hashText(text, seed)], text).toEqual(words);
  });

  it("hashes a part of the bytes as it does that part alone", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(10), fc.nat(10), (bytes, before, after) => {
        const padded = new Uint8Array(before + bytes.length + after).fill(7);
        padded.set(bytes, before);
        const [alone, within] = [new Uint32Array(4), new Uint32Array(4)];
        hash128(bytes, 0, bytes.length, 1, alone);
        hash128(padded, before, before + bytes.length, 1, within);
        expect(within).toEqual(alone);
      }),
    );
  });
});

describe("HashSet64", () => {
  it("behaves as a set, also with zeros and crowded tables", () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 2, 0xffffffff), fc.nat(0xffffffff));
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            word,
            fc.oneof(
              fc.nat(3).map((n) => n + 2),
              word,
            ),
          ),
          { maxLength: 400 },
        ),
        (entries) => {
          const set = new HashSet64();
          const witness = new Set<string>();
          for (const [high, low] of entries) {
            const key = `${high} ${low === 0 ? 1 : low}`;
            expect(set.has(high, low)).toBe(witness.has(key));
            expect(set.add(high, low)).toBe(!witness.has(key));
            witness.add(key);
          }
          expect(set.size).toBe(witness.size);
        },
      ),
    );
  });

  it("stays within 11.8 bytes an entry while it grows", () => {
    const set = new HashSet64();
    const empty = set.byteLength;
    for (let i = 0; i < 200_000; i++) {
      const [high, low] = hashText(`${i}`);
      set.add(high!, low!);
      if (i % 1000 === 999) expect(set.byteLength - empty).toBeLessThanOrEqual(11.8 * (i + 1));
    }
    expect(set.size).toBe(200_000);
    for (let i = 0; i < 200_000; i += 97) {
      const [high, low] = hashText(`${i}`);
      expect(set.add(high!, low!)).toBe(false);
    }
  });
});

describe("OffsetList", () => {
  it("keeps offsets up to 2^40, across chunks", () => {
    const list = new OffsetList();
    const offset = (i: number) => i * 7_000_003;
    for (let i = 0; i < 150_000; i++) list.push(offset(i));
    expect(offset(149_999)).toBeGreaterThan(2 ** 39);
    for (let i = 0; i < 150_000; i += 31) expect(list.get(i)).toBe(offset(i));
  });
});
