/** A stream of bytes whose beginning has been looked at. */
export interface BegunStream {
  /** The chunks that were looked at. */
  readonly start: readonly Uint8Array[];
  /** The whole stream, these chunks included. To be read to its end or closed, and only once. */
  readonly stream: AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Looks at a stream's first chunks, until they are enough or the stream ends.
 *
 * @param isEnough told the chunks so far and how many bytes they hold; not called for none
 */
export async function startOf(
  stream: AsyncIterable<Uint8Array>,
  isEnough: (start: readonly Uint8Array[], length: number) => boolean,
): Promise<BegunStream> {
  const chunks = stream[Symbol.asyncIterator]();
  const start: Uint8Array[] = [];
  for (let length = 0; length === 0 || !isEnough(start, length); ) {
    const next = await chunks.next();
    if (next.done) break;
    start.push(new Uint8Array(next.value));
    length += next.value.length;
  }
  return { start, stream: chained([...start], chunks) };
}

async function* chained(
  start: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // One by one, so that none stays in memory when it has been read.
    for (let chunk = start.shift(); chunk !== undefined; chunk = start.shift()) yield chunk;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
