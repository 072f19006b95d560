import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ModelFolder } from "../../src/hub/index.ts";
import { openModel } from "../../src/hub/node.ts";

const folder = new URL("../fixtures/transformer/decoding/", import.meta.url);

export interface DecodingFixture {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly greedy: {
    readonly max_new_tokens: number;
    readonly forced_eos_token_id?: number;
    readonly results: { readonly ids: number[]; readonly log_probs: number[] }[];
  }[];
  readonly beam: {
    readonly num_beams: number;
    readonly max_new_tokens: number;
    readonly length_penalty: number;
    readonly early_stopping: boolean | "never";
    readonly num_return_sequences: number;
    readonly forced_eos_token_id?: number;
    readonly results: { readonly ids: number[]; readonly score: number }[][];
  }[];
}

/** What Hugging Face's `generate` gives for the model of the folder. */
export function decodingFixture(): DecodingFixture {
  return JSON.parse(readFileSync(new URL("decoding.json", folder), "utf8"));
}

/** The sources without their padding. */
export function fixtureSources({ input_ids, attention_mask }: DecodingFixture): number[][] {
  return input_ids.map((ids, row) => ids.filter((_, i) => attention_mask[row]![i] === 1));
}

/** Where the trained Marian model of the fixtures lies. */
export const marianPath = fileURLToPath(folder);

/** That model, and what lies beside it. */
export function marianFolder(): Promise<ModelFolder> {
  return openModel(marianPath);
}
