/**
 * What is wrong with the nesting of a JSON text: objects or lists deeper than `maxDepth`, or a key that stands twice in
 * one object, which JSON.parse would silently let win. Undefined where nothing is. Looking before parsing bounds the
 * memory that a hostile text can take. Whether the text is JSON at all is left to JSON.parse.
 */
export function findNestingProblem(json: string, maxDepth: number): string | undefined {
  const keys: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === "{" || character === "[") {
      if (keys.length === maxDepth) return `is nested deeper than ${maxDepth} levels at character ${i}`;
      keys.push(new Set());
    } else if (character === "}" || character === "]") {
      keys.pop();
    } else if (character === '"') {
      const end = closingQuote(json, i);
      if (end === undefined) return undefined;
      const key = isKey(json, end) ? parseString(json.slice(i, end + 1)) : undefined;
      if (key !== undefined && keys.at(-1)?.has(key)) return `has the key "${key}" twice`;
      if (key !== undefined) keys.at(-1)?.add(key);
      i = end;
    }
  }
  return undefined;
}

function closingQuote(json: string, opening: number): number | undefined {
  for (let i = opening + 1; i < json.length; i++) {
    if (json[i] === '"') return i;
    if (json[i] === "\\") i++;
  }
  return undefined;
}

function isKey(json: string, closing: number): boolean {
  let i = closing + 1;
  while (json[i] === " " || json[i] === "\n" || json[i] === "\r" || json[i] === "\t") i++;
  return json[i] === ":";
}

/** Undefined for a string that is not JSON. */
function parseString(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
