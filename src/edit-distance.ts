/**
 * Levenshtein's distance: the insertions, deletions and substitutions that turn one string into the other. A `*` in
 * the first stands for any characters, as in a pattern.
 */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (const character of from) {
    const cost = character === "*" ? 0 : 1;
    const next = [row[0]! + cost];
    for (let j = 1; j <= to.length; j++) {
      const substituted = row[j - 1]! + (character === to[j - 1] ? 0 : cost);
      next.push(Math.min(substituted, row[j]! + cost, next[j - 1]! + cost));
    }
    row = next;
  }
  return row[to.length]!;
}
