import { resolve } from "node:path";

const PATH_KEYS = ["path", "source", "target", "dataDir"];

/**
 * A recipe with paths that start from `folder`, so that its run can be gone on with from anywhere. What is no recipe comes
 * back as it is, for the check to refuse.
 */
export function withAbsolutePaths<T>(value: T, folder: string): T {
  const inFiles = (spec: unknown) => mapKeys(spec, PATH_KEYS, (path) => absolute(path, folder));
  return mapKeys(
    mapKeys(value, ["data"], (data) => mapKeys(inFiles(data), ["validation", "test"], inFiles)),
    ["tokenizer"],
    (tokenizer) => mapKeys(tokenizer, ["path"], (path) => absolute(path, folder)),
  ) as T;
}

function absolute(path: unknown, folder: string): unknown {
  return typeof path === "string" && path !== "" ? resolve(folder, path) : path;
}

/** An object with some of its values, where it has them, replaced. */
function mapKeys(value: unknown, keys: readonly string[], map: (value: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, keys.includes(key) ? map(inner) : inner]),
  );
}
