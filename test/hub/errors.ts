import { expect } from "vitest";
import { type ErrorCode, HeedError } from "../../src/error.ts";

/** Asserts that something throws a HeedError, at once or in time, and returns it. */
export async function heedError(action: () => unknown, code: ErrorCode): Promise<HeedError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(HeedError);
    expect((error as HeedError).code, (error as HeedError).message).toBe(code);
    return error as HeedError;
  }
  throw new Error(`Nothing was thrown, where ${code} was expected.`);
}
