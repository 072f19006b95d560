/** The lists in which a Sequence holds further components, by the part of a tokenizer.json. */
export const lists = {
  normalizer: "normalizers",
  pre_tokenizer: "pretokenizers",
  post_processor: "processors",
  decoder: "decoders",
} as const;

/** What a component may hold. */
const MAX_VALUES = 10_000;
/** How many times longer it may make a text. */
const MAX_GROWTH = 2 ** 20;

/** What is wrong with the cost of a component of a tokenizer.json, which is more than its size shows. */
export function problemOfSize(component: unknown): string | undefined {
  if (countValues(component, MAX_VALUES) > MAX_VALUES) return `holds more than ${MAX_VALUES} values`;
  if (growthOf(component) > MAX_GROWTH) return `can make a text more than ${MAX_GROWTH} times as long`;
  return undefined;
}

/** The values in a value of JSON, counted until they are more than `most`. */
function countValues(value: unknown, most: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const inner of Object.values(value)) {
    count += countValues(inner, most - count);
    if (count > most) break;
  }
  return count;
}

/** How many times longer a component may make a text. A pattern may match the empty text between all characters. */
function growthOf(value: unknown): number {
  if (Array.isArray(value)) return value.map(growthOf).reduce((product, growth) => product * growth, 1);
  if (typeof value !== "object" || value === null) return 1;
  const { type, pattern, content, ...others } = value as Readonly<Record<string, unknown>>;
  const lengthOf = (text: unknown) => (typeof text === "string" ? text.length : 0);
  switch (type) {
    case "Sequence":
      return Object.values(lists).reduce((product, list) => product * growthOf(others[list]), 1);
    case "Replace": {
      const literal = lengthOf((pattern as { String?: unknown } | undefined)?.String);
      return literal === 0 ? 1 + lengthOf(content) : Math.max(1, lengthOf(content) / literal);
    }
    case "Metaspace":
      return 1 + Math.max(lengthOf(others.replacement), lengthOf(others.str_rep));
    case "BPEDecoder":
    case "CTC":
      return 2;
    default:
      return 1;
  }
}
