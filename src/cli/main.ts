#!/usr/bin/env node
import { join } from "node:path";
import { flushed, processIo, say } from "./io.ts";
import { run } from "./run.ts";
import { buildCommand, isStale } from "./stale-build.ts";

const io = processIo();
// As it is built, this file lies in `dist`; the sources run as they are.
const root = join(import.meta.dirname, "..");
if (isStale(root)) {
  say(io, `The sources changed since this was built. To run what they say: ${buildCommand(root, process.cwd())}`);
}
const code = await run(process.argv.slice(2), io);
await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
// Standard input may still be open, and wait for lines that nobody will read.
io.exit(code);
