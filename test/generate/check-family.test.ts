import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkFamily } from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { createModel } from "../../src/models/index.ts";
import { llama } from "../../src/models/llama/index.ts";
import type { Context } from "../../src/nn/context.ts";
import { mul } from "../../src/ops/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { heedError } from "../hub/errors.ts";
import { decoderOnly } from "./families/decoder-only.ts";
import { randomModel, smallTransformer } from "./models.ts";

const tokens = { vocabSize: 29, padTokenId: 28, eosTokenId: 0 };
let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

/** The same family with a forward that is told otherwise of decoding. */
const changed = (change: (ctx: Context) => Context): ModelFamily => {
  const family = decoderOnly as unknown as ModelFamily;
  return { ...family, forward: (p, inputs, config, ctx) => family.forward(p, inputs, config, change(ctx)) };
};
const model = (family: ModelFamily) => randomModel(family, tokens);

describe("checkFamily", () => {
  it("finds nothing wrong where steps give what forward gives", async () => {
    await checkFamily(smallTransformer(), runtime);
    await checkFamily(model(decoderOnly as unknown as ModelFamily), runtime);
    await checkFamily(createModel(llama, { ...tokens, hiddenSize: 16, intermediateSize: 24 }, 3), runtime);
  });

  it("finds positions that do not know of the past", async () => {
    const first = changed((ctx) => ({
      ...ctx,
      past: ctx.past && { ...ctx.past, positions: mul(ctx.past.positions, 0) },
    }));
    const { message } = await heedError(() => checkFamily(model(first), runtime), "GRAPH_INVALID");
    expect(message).toContain("step 1 behind a prompt gives log-probabilities that differ by");
    expect(message).toContain("is ctx.past given to all that depends on positions");
  });

  it("says so where nothing is kept", async () => {
    const forgets: (ctx: Context) => Context = (ctx) => ({
      ...ctx,
      past: undefined,
      at: (name) => forgets(ctx.at(name)),
      behindPast: (xs) => xs,
    });
    const { message } = await heedError(() => checkFamily(model(changed(forgets)), runtime), "GRAPH_INVALID");
    expect(message).toContain("decoder-only: decoding keeps nothing, since forward never called ctx.behindPast.");
  });
});

describe("createModel", () => {
  it("draws the same numbers for the same seed, and checks the config", async () => {
    const config = { ...tokens, hiddenSize: 16, intermediateSize: 24 };
    const [a, same, other] = [
      createModel(llama, config, 1),
      createModel(llama, config, 1),
      createModel(llama, config, 2),
    ];
    expect(a.parameters).toEqual(same.parameters);
    expect(a.parameters).not.toEqual(other.parameters);
    const { message } = await heedError(() => createModel(llama, { ...config, hiddenSize: -1 }), "CONFIG_INVALID");
    expect(message).toContain("llama.hiddenSize");
  });
});
