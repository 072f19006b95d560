/** What went wrong, as a stable string that programs may compare with. */
export type ErrorCode =
  | "CONFIG_INVALID"
  | "FILE_NOT_FOUND"
  | "FILE_UNREADABLE"
  | "FILE_UNWRITABLE"
  | "FORMAT_INVALID"
  | "DATA_INVALID"
  | "PACKAGE_MISSING"
  | "CHECKSUM_MISMATCH"
  | "DOWNLOAD_FAILED"
  | "SHAPE_MISMATCH"
  | "GRAPH_INVALID"
  | "INPUT_INVALID"
  | "INPUT_TOO_LONG"
  | "MODEL_UNSUPPORTED"
  | "RUNTIME_UNAVAILABLE"
  | "RUNTIME_FAILED"
  | "MEMORY_LIMIT"
  | "TRAINING_DIVERGED"
  | "CHECKPOINT_MISMATCH"
  | "RUN_EXISTS"
  | "RUN_IN_USE"
  | "ABORTED"
  | "USAGE";

/** Where an error was found, and what caused it. */
export interface ErrorDetails {
  /** The file, folder or configuration key concerned. */
  readonly path?: string | undefined;
  /** The line in that file, counted from 1. */
  readonly line?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Every failure of Heed. The message says what is wrong, where, and what to do; `code` is stable across releases.
 */
export class HeedError extends Error {
  override readonly name = "HeedError";
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly line: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path;
    this.line = details.line;
  }
}

/** Throws a HeedError "ABORTED" when `signal` has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new HeedError("ABORTED", "The operation was aborted.", { cause: signal.reason });
}
