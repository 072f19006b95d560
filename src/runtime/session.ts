import type { InferenceSession, Tensor } from "onnxruntime-common";

/** A tensor, and the session that its memory belongs to where that is on the GPU. */
export interface Lent {
  readonly tensor: Tensor;
  readonly session: Session | undefined;
}

/**
 * A session of ONNX Runtime. Tensors on the GPU live in memory of the session that returned them, and to free one
 * after its session ends the process: so a session that is ended stays until its last tensor has come back.
 */
export class Session {
  readonly #session: InferenceSession;
  readonly #lent = new Set<Tensor>();
  readonly #onRelease: () => void;
  #ended = false;

  constructor(session: InferenceSession, onRelease: () => void) {
    this.#session = session;
    this.#onRelease = onRelease;
  }

  /** The results in the order of `outputs`. */
  async run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Lent[]> {
    const results = await this.#session.run(feeds, outputs);
    return outputs.map((name) => this.#lend(results[name] as Tensor));
  }

  /** Frees a tensor that this session returned. */
  async takeBack(tensor: Tensor): Promise<void> {
    if (!this.#lent.delete(tensor)) return;
    tensor.dispose();
    if (this.#ended && this.#lent.size === 0) await this.#release();
  }

  /** Releases the session, now or with its last tensor. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#lent.size === 0) await this.#release();
  }

  /** Frees the tensors that have not come back, and releases the session. */
  async close(): Promise<void> {
    this.#ended = true;
    for (const tensor of this.#lent) tensor.dispose();
    this.#lent.clear();
    await this.#release();
  }

  #lend(tensor: Tensor): Lent {
    if (tensor.location === "cpu") return { tensor, session: undefined };
    this.#lent.add(tensor);
    return { tensor, session: this };
  }

  async #release(): Promise<void> {
    this.#onRelease();
    await this.#session.release();
  }
}
