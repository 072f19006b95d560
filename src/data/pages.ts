/** From here on, in bytes, a buffer may well fill pages of its own. */
const SMALLEST = 2 ** 14;

/**
 * Zeros that `release` gives back to the system at once. What only the garbage collector frees is freed late, and then
 * stays with the allocator in pieces between others; a buffer that may be resized lies on pages of its own.
 */
export function pages(bytes: number): ArrayBuffer {
  return bytes < SMALLEST ? new ArrayBuffer(bytes) : new ArrayBuffer(bytes, { maxByteLength: bytes });
}

/** Gives the array's pages back; nobody may use it after that. Small ones are left to the garbage collector. */
export function release({ buffer }: { readonly buffer: ArrayBuffer }): void {
  // An engine without resizable buffers has no such property.
  if (buffer.resizable) buffer.resize(0);
}
