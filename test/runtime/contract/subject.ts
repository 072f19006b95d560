import {
  type Feeds,
  float32,
  type Program,
  type Runtime,
  type TensorData,
  type Value,
  type Values,
} from "../../../src/graph/index.ts";

/** The runtime that the contract is put to, and others of its kind. */
export class Subject {
  readonly create: () => Promise<Runtime>;
  #runtime: Runtime | undefined;

  constructor(create: () => Promise<Runtime>) {
    this.create = create;
  }

  get runtime(): Runtime {
    return this.#runtime!;
  }

  async open(): Promise<void> {
    this.#runtime = await this.create();
  }

  async close(): Promise<void> {
    await this.#runtime?.dispose();
  }

  /** Compiles a program, and runs it once. */
  async run(program: Program, entries: Record<string, TensorData | Value>): Promise<Values> {
    await using executable = await this.runtime.compile(program);
    return await executable.run(feeds(entries), { random: key });
  }
}

export const feeds = (entries: Record<string, TensorData | Value>): Feeds => new Map(Object.entries(entries));

export const numbers = async (values: Values, name: string): Promise<number[]> => [
  ...((await values.get(name)!.read()).data as Float32Array),
];

/** What random inputs are drawn from. */
export const key = { seed: 7, step: 3, microBatch: 0 };

/** Parameters of the linear program. */
export const w = float32([3, 2], [1, 2, 3, 4, 5, 6]);
export const b = float32([2], [0.5, -1]);
