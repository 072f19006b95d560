import { HeedError } from "../../error.ts";

/** What went wrong with reading a file, for its user. */
export function fileError(path: string, cause: unknown): HeedError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return new HeedError("FILE_NOT_FOUND", `There is no file ${path}.`, { path, cause });
  if (code?.startsWith("Z_")) {
    const what = `${path} is a broken gzip file (${message})`;
    return new HeedError("FORMAT_INVALID", `${what}. Pack or download it again.`, { path, cause });
  }
  const reason = code === "EISDIR" ? "it is a folder" : message;
  return new HeedError("FILE_UNREADABLE", `${path} cannot be read: ${reason}.`, { path, cause });
}

/** What went wrong with writing a file, for its user. */
export function writeError(path: string, cause: unknown): HeedError {
  const what = `${path} cannot be written: ${(cause as Error).message}`;
  return new HeedError("FILE_UNWRITABLE", `${what}. Is there space, and may you write there?`, { path, cause });
}
