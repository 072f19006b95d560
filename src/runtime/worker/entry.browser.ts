import { defaultRuntime } from "../default.browser.ts";
import { serve } from "./host.ts";
import type { Request } from "./protocol.ts";

const answer = serve(defaultRuntime, (reply, transfer) => self.postMessage(reply, { transfer }));
self.addEventListener("message", ({ data }: MessageEvent<Request>) => answer(data));
