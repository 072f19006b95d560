// Starts the worker from its TypeScript source, which Node 20 cannot load by itself. Not part of the package.
import { register } from "tsx/esm/api";

register();
await import("./entry.node.ts");
