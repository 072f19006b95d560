import { openRuntime } from "../default.node.ts";
import { runtimeHandlers } from "./host.ts";
import { serveThread } from "./serve-thread.ts";

serveThread((onFallback) => runtimeHandlers((options) => openRuntime(options, onFallback)));
