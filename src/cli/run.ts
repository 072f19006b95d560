import { inspect } from "node:util";
import { CommanderError } from "commander";
import { HeedError } from "../error.ts";
import { Exit, type Io, say } from "./io.ts";
import { buildProgram } from "./program.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs the command line.
 *
 * @param args What stands behind `heed`.
 * @returns the exit code: 0; 1 for an error; 2 for wrong usage; 130 or 143 where a signal ended a training
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const program = buildProgram(io);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, io, program.opts().debug === true);
  }
}

function report(error: unknown, io: Io, debug: boolean): number {
  if (error instanceof Exit) return error.code;
  // Commander has said what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if (debug) io.stderr.write(`${inspect(error)}\n`);
  else say(io, `error: ${error instanceof Error ? error.message : String(error)}`);
  if (!(error instanceof HeedError)) {
    const how = debug ? "Please report it with the lines above." : "Please report it with what --debug shows.";
    say(io, `This is a bug in Heed. ${how}`);
  }
  return error instanceof HeedError && error.code === "USAGE" ? WRONG_USAGE : FAILED;
}
