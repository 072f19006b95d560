/** A part of a tree of parameters that only some configs have. */
export function when<T extends object>(condition: boolean, make: () => T): T | { [K in keyof T]?: never } {
  return condition ? make() : {};
}

/** The same part so many times: the layers of a stack. */
export function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
