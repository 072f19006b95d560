import { type ErrorCode, HeedError } from "../../error.ts";
import type { CallTable, PostedError, Reply, Request } from "./protocol.ts";

/** A worker of Node or of a browser. */
export interface Port {
  post(request: Request, transfer: ArrayBuffer[]): void;
  onReply(listener: (reply: Reply) => void): void;
  /** Called once where the worker ends by itself. */
  onDeath(listener: (reason: string, cause?: unknown) => void): void;
  /** Whether the process has to stay alive for the worker. */
  hold(alive: boolean): void;
  terminate(): Promise<void>;
}

interface Pending {
  resolve(result: never): void;
  reject(error: HeedError): void;
}

/** Calls to a worker, as promises. The death of the worker rejects those under way and all later ones. */
export class Connection<C extends CallTable<C>> {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  #end: HeedError | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.onReply((reply) => this.#settle(reply));
    port.onDeath((reason, cause) => this.#close(new HeedError("RUNTIME_FAILED", reason, { cause })));
    port.hold(false);
  }

  call<K extends keyof C & string>(
    call: K,
    args: Parameters<C[K]>,
    transfer: ArrayBuffer[] = [],
  ): Promise<ReturnType<C[K]>> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#port.post({ id, call, args }, transfer);
      if (this.#pending.size === 0) this.#port.hold(true);
      this.#pending.set(id, { resolve, reject });
    });
  }

  /** Ends the worker. Nothing is expected of it any more. */
  async terminate(): Promise<void> {
    this.#close(new HeedError("RUNTIME_FAILED", "The runtime was disposed."));
    await this.#port.terminate();
  }

  /** Replies after the end are ignored: the process must stay alive until the worker has ended. */
  #settle(reply: Reply): void {
    if (this.#end !== undefined) return;
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#port.hold(false);
    if ("error" in reply) pending?.reject(errorFrom(reply.error));
    else pending?.resolve(reply.result as never);
  }

  #close(error: HeedError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function errorFrom({ code, message, path, line }: PostedError): HeedError {
  return new HeedError((code ?? "RUNTIME_FAILED") as ErrorCode, message, { path, line });
}
