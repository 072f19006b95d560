import type { InferenceSession, Tensor } from "onnxruntime-common";
import { sym } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { DType } from "../graph/tensor.ts";
import { lower, outputName } from "../onnx/lower.ts";

type Location = "cpu" | "gpu-buffer";

/**
 * Copies tensors between the CPU and the GPU by programs that return their input: the native engine has no other way
 * (its `getData` on a tensor of the GPU ends the process).
 */
export class Copier {
  readonly #createSession: (bytes: Uint8Array, location: Location) => Promise<InferenceSession>;
  readonly #sessions = new Map<string, InferenceSession>();

  constructor(createSession: (bytes: Uint8Array, location: Location) => Promise<InferenceSession>) {
    this.#createSession = createSession;
  }

  async copy(tensor: Tensor, to: Location): Promise<Tensor> {
    const session = await this.#session(tensor.type as DType, tensor.dims.length, to);
    const results = await session.run({ x: tensor });
    return results[outputName("y")] as Tensor;
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  async #session(dtype: DType, rank: number, to: Location): Promise<InferenceSession> {
    const key = `${dtype} ${rank} ${to}`;
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const session = await this.#createSession(copyProgram(dtype, rank), to);
    this.#sessions.set(key, session);
    return session;
  }
}

function copyProgram(dtype: DType, rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, (_, axis) => sym(`d${axis}`));
  return lower(program("copy", { y: input("x", { dtype, shape }) }), "webgpu").bytes;
}
