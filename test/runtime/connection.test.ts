import { describe, expect, it } from "vitest";
import { Connection, type Port } from "../../src/runtime/worker/connection.ts";
import type { Calls, Reply, Request } from "../../src/runtime/worker/protocol.ts";

/** A worker that answers when told. */
function fakePort() {
  const requests: Request[] = [];
  const held: boolean[] = [];
  let reply: (reply: Reply) => void = () => undefined;
  let die: (reason: string) => void = () => undefined;
  const port: Port = {
    post: (request) => requests.push(request),
    onReply(listener) {
      reply = listener;
    },
    onDeath(listener) {
      die = listener;
    },
    hold: (alive) => held.push(alive),
    terminate: async () => undefined,
  };
  return { port, requests, held, reply: (answer: Reply) => reply(answer), die: (reason: string) => die(reason) };
}

describe("a connection to a worker", () => {
  it("settles calls by their number, in any order, and holds the process while there are any", async () => {
    const { port, requests, held, reply } = fakePort();
    const connection = new Connection<Calls>(port);
    const calls = [connection.call("unload", [1]), connection.call("unload", [2])];
    expect(held).toEqual([false, true]);
    reply({ id: requests[1]!.id, error: { code: "INPUT_INVALID", message: "no", path: "a", line: 3 } });
    expect(held).toEqual([false, true]);
    reply({ id: requests[0]!.id, result: 5 });
    expect(held).toEqual([false, true, false]);
    await expect(calls[0]).resolves.toBe(5);
    await expect(calls[1]).rejects.toMatchObject({ code: "INPUT_INVALID", message: "no", path: "a", line: 3 });
  });

  it("ignores replies that come after its end, so that the process waits for the worker to end", async () => {
    const { port, requests, held, reply } = fakePort();
    const connection = new Connection<Calls>(port);
    const call = connection.call("release", [[1]]);
    const ended = connection.terminate();
    reply({ id: requests[0]!.id, result: undefined });
    expect(held).toEqual([false, true]);
    await expect(call).rejects.toMatchObject({ code: "RUNTIME_FAILED" });
    await ended;
  });

  it("rejects all calls when the worker dies, and those that come later", async () => {
    const { port, die } = fakePort();
    const connection = new Connection<Calls>(port);
    const calls = Promise.allSettled([connection.call("unload", [1]), connection.call("unload", [2])]);
    die("It died.");
    const gone = { code: "RUNTIME_FAILED", message: "It died." };
    for (const call of await calls) expect(call).toMatchObject({ status: "rejected", reason: gone });
    await expect(connection.call("unload", [3])).rejects.toMatchObject(gone);
  });
});
