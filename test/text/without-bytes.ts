import { readFileSync, writeFileSync } from "node:fs";

/** Makes a learned tokenizer.json one as they were before there were bytes to fall back to. */
export function withoutBytes(path: string): void {
  const json = JSON.parse(readFileSync(path, "utf8"));
  const decoder = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: false };
  writeFileSync(path, JSON.stringify({ ...json, decoder, model: { ...json.model, byte_fallback: false } }));
}
