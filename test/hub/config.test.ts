import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { camelKeys, snakeKeys, toCamelCase, toSnakeCase } from "../../src/hub/config.ts";
import { formatConfig } from "../../src/hub/format-config.ts";

describe("keys", () => {
  it("are Hugging Face's own, camelCased mechanically", () => {
    const pairs = [
      ["d_model", "dModel"],
      ["max_position_embeddings", "maxPositionEmbeddings"],
      ["share_encoder_decoder_embeddings", "shareEncoderDecoderEmbeddings"],
      ["dropout", "dropout"],
      ["no_repeat_ngram_size", "noRepeatNgramSize"],
      ["_name_or_path", "NameOrPath"],
    ] as const;
    for (const [snake, camel] of pairs) {
      expect(toCamelCase(snake)).toBe(camel);
      expect(toSnakeCase(camel)).toBe(snake);
    }
  });

  it("come back, whatever their words", () => {
    const keys = fc.stringMatching(/^[a-z0-9_]*$/);
    fc.assert(fc.property(keys, (key) => toSnakeCase(toCamelCase(key)) === key));
  });

  it("of objects inside stay as they are", () => {
    const json = { rope_scaling: { rope_type: "linear" }, bad_words_ids: [[1]] };
    expect(camelKeys(json)).toEqual({ ropeScaling: { rope_type: "linear" }, badWordsIds: [[1]] });
    expect(snakeKeys(camelKeys(json))).toEqual(json);
  });
});

describe("a config.json", () => {
  it("has a point in whole numbers where Python wants floats", () => {
    const text = '\n  "layer_norm_eps": 1\n';
    const rope = { attention_factor: 2, factor: 8 };
    const json = {
      final_logit_softcapping: 3,
      layer_norm_eps: 0,
      rms_norm_eps: 1e-6,
      n_layers: 2,
      text,
      rope,
      eps: -1,
    };
    const written = formatConfig(json);
    expect(JSON.parse(written)).toEqual(json);
    const points = written.match(/"\w+": -?\d+\.0,?$/gm);
    expect(points).toEqual(['"final_logit_softcapping": 3.0,', '"layer_norm_eps": 0.0,', '"attention_factor": 2.0,']);
  });
});
