import { HeedError } from "../../error.ts";
import type { Executable, Feeds, Value } from "../../graph/runtime.ts";
import type { TensorData } from "../../graph/tensor-data.ts";
import type { EngineRuntime } from "../engine-runtime.ts";
import {
  type CallName,
  type Calls,
  type PostedError,
  type PostedFeed,
  type PostedTensor,
  type Reply,
  type Request,
  receiveTensor,
  type WorkerOptions,
} from "./protocol.ts";

type Handlers = { [K in CallName]: (...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>> };
type Post = (reply: Reply, transfer: ArrayBuffer[]) => void;

/** Answers the requests that arrive in a worker; returns what to do with each. */
export function serve(
  createRuntime: (options: WorkerOptions) => Promise<EngineRuntime>,
  post: Post,
): (request: Request) => Promise<void> {
  const handlers = createHandlers(createRuntime);
  return async ({ id, call, args }) => {
    try {
      const result = await (handlers[call] as (...args: unknown[]) => Promise<ReturnType<Calls[CallName]>>)(...args);
      post({ id, result }, isTensor(result) ? [result.data.buffer] : []);
    } catch (error) {
      post({ id, error: describe(error) }, []);
    }
  };
}

function createHandlers(createRuntime: (options: WorkerOptions) => Promise<EngineRuntime>): Handlers {
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

function isTensor(result: ReturnType<Calls[CallName]>): result is PostedTensor {
  return typeof result === "object" && result !== null && "data" in result;
}

function describe(error: unknown): PostedError {
  if (error instanceof HeedError) {
    return { code: error.code, message: error.message, path: error.path, line: error.line };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: undefined, message, path: undefined, line: undefined };
}
