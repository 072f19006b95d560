import type { Device } from "../../graph/device.ts";
import type { RunOptions } from "../../graph/runtime.ts";
import { type ArrayOf, type DType, TensorData } from "../../graph/tensor-data.ts";
import type { EngineOptions } from "../engine.ts";
import type { PreparedProgram } from "../prepare.ts";

export interface WorkerOptions extends EngineOptions {
  /** As for a runtime in this thread. */
  readonly device?: Device | undefined;
}

/** What can be asked of a worker. Programs and values stay there and have a number here. */
export interface Calls {
  start(options: WorkerOptions): Device;
  load(program: PreparedProgram): number;
  unload(program: number): void;
  run(program: number, feeds: readonly PostedFeed[], options: RunOptions): readonly PostedValue[];
  upload(data: PostedTensor): number;
  read(value: number): PostedTensor;
  release(values: readonly number[]): void;
  close(): void;
}

/** Functions that a worker has, by name. What they take and return can be posted. */
export type CallTable<C> = { readonly [K in keyof C]: (...args: never[]) => unknown };

export interface Request {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PostedError };

/** Why the worker uses a slower engine than it might. */
export interface FallbackNotice {
  readonly fallback: string;
}

/** Numbers, or the value in the worker that holds them. */
export type PostedFeed = readonly [name: string, fed: PostedTensor | number];

export interface PostedTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ArrayOf[DType];
}

export interface PostedValue {
  readonly name: string;
  readonly value: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What is kept of an error. */
export interface PostedError {
  readonly code: string | undefined;
  readonly message: string;
  readonly path: string | undefined;
  readonly line: number | undefined;
}

/** A tensor whose buffer can be transferred: the caller's own numbers stay with the caller. */
export function copyTensor({ dtype, shape, data }: TensorData): PostedTensor {
  return { dtype, shape: [...shape], data: data.slice() };
}

/** A tensor that arrived. */
export function receiveTensor({ dtype, shape, data }: PostedTensor): TensorData {
  return new TensorData(dtype, shape, data);
}
