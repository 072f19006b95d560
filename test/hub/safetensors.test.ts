import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { arrayTypes, float32, TensorData } from "../../src/graph/tensor-data.ts";
import { encodeSafetensors, parseSafetensors } from "../../src/hub/safetensors.ts";
import fixture from "../fixtures/safetensors.json" with { type: "json" };
import { heedError } from "./errors.ts";

const TRANSFORMERS = new URL("../fixtures/transformer/", import.meta.url);
const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

function readAll(bytes: Uint8Array): Map<string, TensorData> {
  const { tensors } = parseSafetensors(bytes, "x.safetensors");
  return new Map([...tensors].map(([name, stored]) => [name, stored.read()]));
}

/** A file with a header as it stands. */
function withHeader(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const entry = (dtype: unknown, shape: unknown, ...offsets: unknown[]) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

describe("files that Hugging Face's library wrote", () => {
  it("are read, every element type", () => {
    const tensors = readAll(decode(fixture.plain));
    expect(tensors.get("b.weight")).toEqual(float32([2, 4], [0, -0, 1, -2.5, 0.1, 65504, 6e-8, 3e-5]));
    expect(tensors.get("a.weight")).toEqual(float32([], [7.5]));
    expect(tensors.get("B")).toEqual(float32([0, 3], []));
    expect(tensors.get("double")).toEqual(new TensorData("float64", [2], Float64Array.of(0.1, -1e300)));
    expect(tensors.get("int")).toEqual(new TensorData("int32", [2], Int32Array.of(-(2 ** 31), 2 ** 31 - 1)));
    const longs = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n);
    expect(tensors.get("long")).toEqual(new TensorData("int64", [2, 1], longs));
    expect(tensors.get("byte")).toEqual(new TensorData("uint8", [3], Uint8Array.of(0, 255, 3)));
    expect(tensors.get("bool")).toEqual(new TensorData("bool", [3], Uint8Array.of(1, 0, 1)));
    expect(tensors.size).toBe(13);
  });

  it("are written as they were, byte by byte", async () => {
    for (const file of [fixture.plain, fixture.without_metadata]) {
      const bytes = decode(file);
      const { metadata } = parseSafetensors(bytes, "x");
      const shuffled = new Map([...readAll(bytes)].reverse());
      expect(Buffer.from(await encodeSafetensors(shuffled, metadata)).equals(bytes)).toBe(true);
    }
  });

  it("are written as they were: the models of transformers", async () => {
    const models = readdirSync(TRANSFORMERS, { recursive: true, encoding: "utf8" });
    const paths = models.filter((path) => path.endsWith("model.safetensors"));
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      const bytes = readFileSync(new URL(path, TRANSFORMERS));
      expect(Buffer.from(await encodeSafetensors(readAll(bytes))).equals(bytes), path).toBe(true);
    }
  });

  it("give float32 on demand from half, brain and double precision", () => {
    const { tensors } = parseSafetensors(decode(fixture.halves), "x");
    for (const [name, values] of Object.entries(fixture.halves_as_float32)) {
      expect(tensors.get(name)?.readFloat32("x").data, name).toEqual(Float32Array.from(values));
    }
    expect(tensors.get("double")?.read().dtype).toBe("float64");
  });

  it("give every half-precision number exactly", () => {
    const halves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const header = `{"x":${entry("F16", [2 ** 16], 0, 2 ** 17)}}`;
    const file = withHeader(header, 2 ** 17);
    file.set(new Uint8Array(halves.buffer), file.length - 2 ** 17);
    const numbers = readAll(file).get("x")!.data as Float32Array;
    const finite = numbers.filter((value) => !Number.isNaN(value));
    expect(numbers.length - finite.length).toBe(2 * 1023);
    expect(createHash("sha256").update(finite).digest("hex")).toBe(fixture.every_half_sha256);
  });
});

const tensor = fc
  .record({
    dtype: fc.constantFrom("float32", "float64", "int32", "int64", "uint8", "bool"),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
    fill: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ dtype, shape, fill }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const bytes = new Uint8Array(size * arrayTypes[dtype].BYTES_PER_ELEMENT);
    const values = new arrayTypes[dtype](bytes.fill(fill).buffer);
    return new TensorData(dtype, shape, values as never) as TensorData;
  });
const names = fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__");
const tensorsByName = fc.array(fc.tuple(names, tensor), { maxLength: 6 }).map((entries) => new Map(entries));

describe("any tensors", () => {
  it("come back as they were written, each aligned to its element", async () => {
    await fc.assert(
      fc.asyncProperty(tensorsByName, fc.dictionary(fc.string(), fc.string()), async (tensors, metadata) => {
        const bytes = await encodeSafetensors(tensors, metadata);
        const read = parseSafetensors(bytes, "x");
        expect(read.metadata).toEqual(metadata);
        expect(new Map([...read.tensors].map(([name, stored]) => [name, stored.read()]))).toEqual(tensors);
        const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
        expect(header % 8).toBe(0);
        const entries = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header))) as Record<string, unknown>;
        for (const [name, { data }] of tensors) {
          const { data_offsets } = entries[name] as { data_offsets: [number, number] };
          expect(data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
        }
      }),
    );
  });

  it("are read where the file begins inside a larger buffer, and where data is not aligned", () => {
    const file = withHeader(`{"x":${entry("F32", [2], 0, 8)}}   `, 8);
    file.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), file.length - 8);
    for (let offset = 0; offset < 8; offset++) {
      const larger = Buffer.alloc(file.length + 16, 0xff);
      larger.set(file, offset);
      expect(readAll(larger.subarray(offset, offset + file.length)).get("x")).toEqual(float32([2], [1.5, -2]));
    }
  });

  it("are copied: numbers that were read do not change with the file's bytes", async () => {
    const bytes = Buffer.from(await encodeSafetensors(new Map([["x", float32([1], [1])]])));
    const read = readAll(bytes).get("x");
    bytes.fill(0);
    expect(read).toEqual(float32([1], [1]));
  });

  it("with a name that the format cannot hold are refused", async () => {
    for (const name of ["__metadata__", "\ud800"]) {
      await heedError(() => encodeSafetensors(new Map([[name, float32([1], [1])]])), "INPUT_INVALID");
    }
  });
});

const two = (a: string, b: string) => `{"a":${a},"b":${b}}`;
const broken: [what: string, file: Uint8Array, message: RegExp][] = [
  ["an empty file", new Uint8Array(0), /it has 0 bytes/],
  ["a length cut off", new Uint8Array(7), /it has 7 bytes/],
  ["a header cut off", withHeader("{}", 0, 3n), /header is said to have 3 bytes, and only 2 follow/],
  ["a header beyond the limit", withHeader("{}", 0, 100_000_001n), /100000001 bytes; 100000000 are allowed/],
  ["a header beyond all numbers", withHeader("{}", 0, 2n ** 64n - 1n), /18446744073709551615 bytes/],
  ["no JSON", withHeader("{no}"), /header is not JSON/],
  ["a mark before the JSON", withHeader("\ufeff{}"), /header is not JSON/],
  ["no UTF-8", withHeader(Uint8Array.of(0x7b, 0xff, 0x7d)), /header is not JSON/],
  ["no object", withHeader("[1]"), /header is not a JSON object/],
  ["metadata that are no strings", withHeader('{"__metadata__":{"a":1}}'), /__metadata__ is not an object of strings/],
  ["an entry that is no object", withHeader('{"a":1}'), /the tensor "a" is not described by an object/],
  ["an unknown dtype", withHeader(`{"a":${entry("F128", [], 0, 4)}}`, 4), /"a" has the dtype "F128"; Heed reads F64,/],
  ["an inherited dtype", withHeader(`{"a":${entry("toString", [], 0, 4)}}`, 4), /"a" has the dtype "toString"/],
  ["a missing dtype", withHeader('{"a":{"shape":[],"data_offsets":[0,4]}}', 4), /"a" has the dtype undefined/],
  ["a negative dimension", withHeader(`{"a":${entry("F32", [-1], 0, 4)}}`, 4), /"a" has no shape of whole numbers/],
  ["a broken dimension", withHeader(`{"a":${entry("F32", [0.5], 0, 2)}}`, 2), /"a" has no shape of whole numbers/],
  ["a shape that is no list", withHeader(`{"a":${entry("F32", 1, 0, 4)}}`, 4), /"a" has no shape of whole numbers/],
  ["one offset", withHeader(`{"a":${entry("F32", [1], 4)}}`, 4), /"a" has no data_offsets of two whole numbers/],
  ["offsets backwards", withHeader(`{"a":${entry("F32", [1], 4, 0)}}`, 4), /"a" ends at byte 0, before it begins at 4/],
  ["data cut off", withHeader(`{"a":${entry("F32", [2], 0, 8)}}`, 7), /"a" ends at byte 8 of the data, .* holds 7/],
  ["too few bytes", withHeader(`{"a":${entry("F32", [3], 0, 8)}}`, 8), /"a" has 8 bytes, .* shape \[3\] has 12/],
  ["half an element", withHeader(`{"a":${entry("F32", [1], 0, 3)}}`, 3), /"a" has 3 bytes/],
  [
    "a size beyond numbers",
    withHeader(`{"a":${entry("U8", [2 ** 52, 2 ** 52, 2 ** 52], 0, 4)}}`, 4),
    /"a" has 4 bytes/,
  ],
  [
    "tensors over each other",
    withHeader(two(entry("F32", [2], 0, 8), entry("F32", [1], 4, 8)), 8),
    /"b" begins at byte 4, inside "a", which ends at 8/,
  ],
  [
    "a gap before a tensor",
    withHeader(`{"a":${entry("F32", [1], 4, 8)}}`, 8),
    /"a" begins at byte 4: .* 4 bytes before/,
  ],
  [
    "bytes behind the last tensor",
    withHeader(`{"a":${entry("F32", [1], 0, 4)}}`, 6),
    /no tensor holds its last 2 bytes/,
  ],
  [
    "a name twice",
    withHeader(`{"a":${entry("F32", [1], 0, 4)},"\\u0061" :${entry("F32", [1], 4, 8)}}`, 8),
    /header has the key "a" twice/,
  ],
  ["a header nested deep", withHeader(`{"a":${"[".repeat(1_000_000)}`), /nested deeper than 3 levels/],
];

describe("a broken file", () => {
  it.each(broken)("%s: the error names file, tensor and problem", async (_, file, message) => {
    const error = await heedError(() => parseSafetensors(file, "folder/x.safetensors"), "FORMAT_INVALID");
    expect(error.path).toBe("folder/x.safetensors");
    expect(error.message).toMatch(
      /^folder\/x\.safetensors is not a whole safetensors file: .* from where it came from\.$/,
    );
    expect(error.message).toMatch(message);
  });

  it("cut off or changed anywhere gives tensors or that error", () => {
    const file = decode(fixture.plain);
    const change = fc.record({ at: fc.nat(file.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), fc.nat(file.length), (changes, length) => {
        const mutated = file.slice(0, length);
        for (const { at, to } of changes) if (at < length) mutated[at] = to;
        try {
          readAll(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(HeedError);
          expect((error as HeedError).code).toBe("FORMAT_INVALID");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("with changed characters in its header gives tensors or that error", () => {
    const json = new TextDecoder().decode(decode(fixture.halves).subarray(8)).replace(/ *\0.*$/s, "");
    const piece = fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "-1", "1e9", "null", "\\u0000", "F16", "");
    fc.assert(
      fc.property(fc.nat(json.length), fc.nat(6), piece, (at, removed, added) => {
        const header = json.slice(0, at) + added + json.slice(at + removed);
        try {
          readAll(withHeader(header, 64 + 32 + 16 + 16));
        } catch (error) {
          expect(error).toBeInstanceOf(HeedError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("of whole numbers gives no float32", async () => {
    const stored = parseSafetensors(decode(fixture.plain), "x").tensors.get("long")!;
    const error = await heedError(() => stored.readFloat32("folder/x"), "FORMAT_INVALID");
    expect(error.message).toBe('folder/x: the tensor "long" is I64, where floating-point numbers were expected.');
  });
});
