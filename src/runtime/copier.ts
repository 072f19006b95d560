import type { Tensor } from "onnxruntime-common";
import { sym } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { DType } from "../graph/tensor-data.ts";
import { lower, outputName } from "../onnx/lower.ts";
import type { Lent, Session } from "./session.ts";

/** Where the results of a session lie. */
export type Location = "cpu" | "gpu-buffer";

export type CreateSession = (bytes: Uint8Array, location: Location) => Promise<Session>;

/**
 * Copies tensors between the CPU and the GPU by programs that return their input: the native engine has no other way
 * (its `getData` on a tensor of the GPU ends the process).
 */
export class Copier {
  readonly #createSession: CreateSession;
  readonly #sessions = new Map<string, Session>();

  constructor(createSession: CreateSession) {
    this.#createSession = createSession;
  }

  async copy(tensor: Tensor, to: Location): Promise<Lent> {
    const session = await this.load(tensor.type as DType, tensor.dims.length, to);
    const [copy] = await session.run({ x: tensor }, [outputName("y")]);
    return copy!;
  }

  /** The program that copies tensors of a type to a place. */
  async load(dtype: DType, rank: number, to: Location): Promise<Session> {
    const key = `${dtype} ${rank} ${to}`;
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const session = await this.#createSession(await copyProgram(dtype, rank), to);
    this.#sessions.set(key, session);
    return session;
  }
}

async function copyProgram(dtype: DType, rank: number): Promise<Uint8Array> {
  const shape = Array.from({ length: rank }, (_, axis) => sym(`d${axis}`));
  const { bytes } = await lower(program("copy", { y: input("x", { dtype, shape }) }), "webgpu");
  return bytes;
}
