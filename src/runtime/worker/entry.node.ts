import { parentPort } from "node:worker_threads";
import { defaultRuntime } from "../default.node.ts";
import { serve } from "./host.ts";

const port = parentPort!;
port.on(
  "message",
  serve(defaultRuntime, (reply, transfer) => port.postMessage(reply, transfer)),
);
