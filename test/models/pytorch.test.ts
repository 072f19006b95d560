import { afterAll, describe, expect, it } from "vitest";
import { inspect } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { initialModel, readForward, toBatch, variants } from "./fixtures.ts";
import { furthest, row } from "./numbers.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

describe.each(variants)("%s computes what PyTorch computes", (name) => {
  const forward = readForward(name);
  const outputs = async (...names: string[]) =>
    inspect(await initialModel(name), runtime, toBatch(forward).inputs, names);

  it("logits", async () => {
    const logits = (await outputs("logits")).get("logits")!;
    forward.logits.forEach((expected, i) => {
      expect(furthest(row(logits, i), expected.flat())).toBeLessThan(1e-5);
    });
  });

  it("encoder states", async () => {
    const states = (await outputs("encoder.output")).get("encoder.output")!;
    forward.encoder_last_hidden_state.forEach((expected, i) => {
      expect(furthest(row(states, i), expected.flat())).toBeLessThan(1e-5);
    });
  });
});

describe("marian-tied computes what PyTorch computes", () => {
  it("attention of the last decoder layer to the source, exactly 0 where that is padding", async () => {
    const forward = readForward("marian-tied");
    const path = "decoder.layers.1.crossAttention.pattern";
    const found = await inspect(await initialModel("marian-tied"), runtime, toBatch(forward).inputs, [path]);
    const pattern = found.get(path)!;
    const [, , targets, sources] = pattern.shape as [number, number, number, number];
    forward.cross_attention!.forEach((heads, i) => {
      heads.forEach((rows, head) => {
        const start = head * targets * sources;
        const actual = row(pattern, i).subarray(start, start + targets * sources);
        expect(furthest(actual, rows.flat())).toBeLessThan(1e-6);
        rows.flat().forEach((weight, j) => {
          if (weight === 0) expect(actual[j]).toBe(0);
        });
      });
    });
    expect(forward.cross_attention!.flat(3)).toContain(0);
  });
});
