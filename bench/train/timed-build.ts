import type { InferenceSession, InferenceSessionFactory } from "onnxruntime-common";
import type { Build } from "../../src/runtime/engine.ts";

/** The native engine, with a clock on its runs and, if asked for, its own profiler. */
export interface TimedBuild {
  readonly build: Build;
  /** Seconds in the engine so far: its runs, and copying what they take and return. */
  readonly seconds: () => number;
  /** Makes the profiler write its files. */
  endProfiling(): void;
}

/** @param profile What the names of the profiler's files begin with; undefined for no profile. */
export async function timedBuild(profile?: string): Promise<TimedBuild> {
  const engine = await import("onnxruntime-node");
  const profiled = new Set<InferenceSession>();
  let seconds = 0;
  const create = async (bytes: Uint8Array, options: InferenceSession.SessionOptions) => {
    const profiling = profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile };
    const session = await engine.InferenceSession.create(bytes, { ...options, ...profiling });
    const run = session.run.bind(session) as (...args: unknown[]) => Promise<InferenceSession.ReturnType>;
    session.run = async (...args: unknown[]) => {
      const start = performance.now();
      const results = await run(...args);
      seconds += (performance.now() - start) / 1000;
      return results;
    };
    if (profile !== undefined) profiled.add(session);
    const release = session.release.bind(session);
    session.release = () => {
      if (profiled.delete(session)) session.endProfiling();
      return release();
    };
    return session;
  };
  return {
    build: { Tensor: engine.Tensor, InferenceSession: { create } as InferenceSessionFactory },
    seconds: () => seconds,
    endProfiling() {
      for (const session of profiled) session.endProfiling();
    },
  };
}
