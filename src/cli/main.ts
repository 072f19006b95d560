#!/usr/bin/env node
import { flushed, processIo } from "./io.ts";
import { run } from "./run.ts";

const io = processIo();
const code = await run(process.argv.slice(2), io);
await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
// Standard input may still be open, and wait for lines that nobody will read.
io.exit(code);
