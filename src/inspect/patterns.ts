import { editDistance } from "../edit-distance.ts";
import { HeedError } from "../error.ts";

const NEAREST = 6;

/**
 * The names that patterns ask for, in the order of `names`. In a pattern, `*` stands for any part of one segment between
 * dots, `**` for any run of characters: `decoder.layers.*.crossAttention.pattern`, `encoder.**`.
 *
 * @throws HeedError INPUT_INVALID for a pattern that no name matches; the message gives the nearest names.
 */
export function matchNames(patterns: readonly string[], names: readonly string[]): string[] {
  const matched = new Set<string>();
  for (const pattern of patterns) {
    const expression = toExpression(pattern);
    const found = names.filter((name) => expression.test(name));
    if (found.length === 0) throw unmatched(pattern, names);
    for (const name of found) matched.add(name);
  }
  return names.filter((name) => matched.has(name));
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part === "*") return "[^.]*";
    return /^\*+$/.test(part) ? ".*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

function unmatched(pattern: string, names: readonly string[]): HeedError {
  const distances = new Map(names.map((name) => [name, editDistance(pattern, name)]));
  const nearest = [...names].sort((a, b) => distances.get(a)! - distances.get(b)!).slice(0, NEAREST);
  const message = `No activation of this model matches "${pattern}". Nearest: ${nearest.join(", ")}.`;
  return new HeedError("INPUT_INVALID", `${message} activationNames(model) lists all ${names.length}.`);
}
