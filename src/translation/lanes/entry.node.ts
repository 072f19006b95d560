import { openRuntime } from "../../runtime/default.node.ts";
import { serveThread } from "../../runtime/worker/serve-thread.ts";
import { laneHandlers } from "./host.ts";

serveThread((onFallback) => laneHandlers((options) => openRuntime(options, onFallback)));
