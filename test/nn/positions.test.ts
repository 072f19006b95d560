import { describe, expect, it } from "vitest";
import { sinusoidalPositions } from "../../src/nn/positions.ts";
import { fixture, tensorsOf } from "../hub/models.ts";
import { furthest } from "../models/numbers.ts";

describe("sinusoidal positions", () => {
  it("are those of the paper, sines in the first half of a row and cosines in the second", () => {
    const { shape, data } = sinusoidalPositions(50, 8);
    expect(shape).toEqual([50, 8]);
    for (let position = 0; position < 50; position++) {
      for (let i = 0; i < 4; i++) {
        const angle = position / 10000 ** ((2 * i) / 8);
        expect(data[position * 8 + i]).toBe(Math.fround(Math.sin(angle)));
        expect(data[position * 8 + 4 + i]).toBe(Math.fround(Math.cos(angle)));
      }
    }
  });

  it("are those that transformers writes", () => {
    const stored = tensorsOf(fixture("pegasus-tied")).get("model.encoder.embed_positions.weight")!;
    const [positions, dModel] = stored.shape as [number, number];
    expect(furthest(sinusoidalPositions(positions, dModel).data, stored.data as Float32Array)).toBeLessThan(1e-7);
  });
});
