/**
 * White space as Python's `str.isspace` has it. It differs from JavaScript's `\s`: the separators U+001C to U+001F and
 * NEL (U+0085) are space, and the byte order mark (U+FEFF) is not. All of it lies in the BMP, so UTF-16 units suffice.
 */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
  if (unit < 0x1680) return unit === 0x85 || unit === 0xa0;
  return (
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}

/** The runs of characters between white space, without empty ones: Python's `text.split()`. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let end = 0; end <= text.length; end++) {
    if (end < text.length && !isSpace(text.charCodeAt(end))) continue;
    if (end > start) words.push(text.slice(start, end));
    start = end + 1;
  }
  return words;
}

/** `text` without trailing white space: Python's `text.rstrip()`. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** `text` without leading and trailing white space: Python's `text.strip()`. */
export function trim(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return trimEnd(text.slice(start));
}
