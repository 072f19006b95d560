import { formatJson, type JsonObject } from "./files.ts";

/** Keys at which Python's `transformers` refuses a whole number that is written without a point, or warns of it. */
const FLOATS = [
  ...["init_std", "initializer_range", "initializer_factor", "initializer_cutoff_factor"],
  ...["layer_norm_eps", "layer_norm_epsilon", "rms_norm_eps", "norm_eps"],
  ...["final_logit_softcapping", "attn_logit_softcapping", "attention_factor"],
  ...["encoder_layerdrop", "decoder_layerdrop", "temperature", "repetition_penalty"],
];

/** Each key has a line of its own, and no string has an end of line in it: so this is a key with its whole number. */
const WHOLE = new RegExp(`^( *"(?:${FLOATS.join("|")})": -?\\d+)(,?)$`, "gm");

/** A config.json or generation_config.json as Python reads it, to which 1 and 1.0 are two kinds of numbers. */
export function formatConfig(json: JsonObject): string {
  return formatJson(json).replace(WHOLE, "$1.0$2");
}
