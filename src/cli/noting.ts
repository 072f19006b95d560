/** Passes lines on and keeps them, so that what comes out can be shown with what went in. */
export async function* noting(
  lines: Iterable<string> | AsyncIterable<string>,
  noted: string[],
): AsyncGenerator<string, void, undefined> {
  for await (const line of lines) {
    noted.push(line);
    yield line;
  }
}
