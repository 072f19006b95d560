import { HeedError } from "../../error.ts";
import type { Executable, Feeds, Value } from "../../graph/runtime.ts";
import type { TensorData } from "../../graph/tensor-data.ts";
import type { EngineRuntime } from "../engine-runtime.ts";
import {
  type Calls,
  type CallTable,
  type PostedError,
  type PostedFeed,
  type PostedTensor,
  type Reply,
  type Request,
  receiveTensor,
  type WorkerOptions,
} from "./protocol.ts";

/** What a worker does when it is called. */
export type Handlers<C extends CallTable<C>> = {
  [K in keyof C]: (...args: Parameters<C[K]>) => Promise<ReturnType<C[K]>>;
};
export type Post = (reply: Reply, transfer: ArrayBuffer[]) => void;

/** Answers the requests that arrive in a worker; returns what to do with each. */
export function serve<C extends CallTable<C>>(handlers: Handlers<C>, post: Post): (request: Request) => Promise<void> {
  return async ({ id, call, args }) => {
    try {
      const handle = handlers[call as keyof C] as (...args: readonly unknown[]) => Promise<unknown>;
      const result = await handle(...args);
      post({ id, result }, isTensor(result) ? [result.data.buffer] : []);
    } catch (error) {
      post({ id, error: describe(error) }, []);
    }
  };
}

/** A runtime in a worker. */
export function runtimeHandlers(createRuntime: (options: WorkerOptions) => Promise<EngineRuntime>): Handlers<Calls> {
  const programs = new Table<Pick<Executable, "run" | "dispose">>();
  const values = new Table<Value>();
  let runtime: EngineRuntime;

  const feed = ([name, fed]: PostedFeed): [string, TensorData | Value] => [
    name,
    typeof fed === "number" ? values.get(fed) : receiveTensor(fed),
  ];

  return {
    async start(options) {
      runtime = await createRuntime(options);
      return runtime.device;
    },
    load: async (program) => programs.add(await runtime.load(program)),
    unload: async (program) => programs.remove(program).dispose(),
    async run(program, posted, options) {
      const feeds: Feeds = new Map(posted.map(feed));
      const outputs = await programs.get(program).run(feeds, options);
      return [...outputs].map(([name, value]) => {
        return { name, value: values.add(value), dtype: value.dtype, shape: value.shape };
      });
    },
    upload: async (data) => values.add(await runtime.adopt(receiveTensor(data))),
    async read(value) {
      const { dtype, shape, data } = await values.get(value).read();
      return { dtype, shape, data };
    },
    async release(released) {
      for (const value of released) values.remove(value).dispose();
    },
    close: async () => runtime.dispose(),
  };
}

/** Things by number. */
class Table<T> {
  readonly #things = new Map<number, T>();
  #next = 0;

  add(thing: T): number {
    this.#things.set(this.#next, thing);
    return this.#next++;
  }

  get(id: number): T {
    return this.#things.get(id)!;
  }

  remove(id: number): T {
    const thing = this.get(id);
    this.#things.delete(id);
    return thing;
  }
}

function isTensor(result: unknown): result is PostedTensor {
  return typeof result === "object" && result !== null && "data" in result;
}

function describe(error: unknown): PostedError {
  if (error instanceof HeedError) {
    return { code: error.code, message: error.message, path: error.path, line: error.line };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: undefined, message, path: undefined, line: undefined };
}
