import { parseArgs } from "node:util";
import { HeedError } from "../src/error.ts";
import type { Benchmark, OptionValues } from "./benchmark.ts";
import { builds } from "./builds.ts";
import { decode } from "./decode.ts";
import { growth } from "./growth.ts";
import { large } from "./large.ts";
import { machine, settings } from "./machine.ts";
import { multi30k } from "./multi30k.ts";
import { startup } from "./startup.ts";
import { formatFacts, formatTable } from "./table.ts";
import { train } from "./train.ts";

const benchmarks: ReadonlyMap<string, Benchmark> = new Map(
  [train, decode, builds, startup, large, growth, multi30k].map((benchmark) => [benchmark.name, benchmark]),
);

const common = {
  json: { type: "boolean", default: false, help: "Print the result as JSON, and nothing else." },
  help: { type: "boolean", default: false, help: "Print this." },
} as const;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === "--help") return print(usage());
  const benchmark = benchmarks.get(name);
  if (benchmark === undefined) throw new HeedError("USAGE", `There is no benchmark "${name}".\n\n${usage()}`);
  const values = parse(benchmark, args);
  if (values.help) return print(description(benchmark));
  const { json: found, text } = await benchmark.run(values, (line) => process.stderr.write(`${line}\n`));
  const facts = { command: `npm run bench -- ${[name, ...args].join(" ")}`, machine: await machine(), ...settings() };
  const output = values.json
    ? JSON.stringify({ benchmark: name, ...facts, ...found }, null, 2)
    : `${formatFacts(facts)}\n\n${text}`;
  print(output);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function parse({ options, name }: Benchmark, args: string[]): OptionValues {
  const config = Object.entries({ ...options, ...common }).map(
    ([key, { help: _, ...option }]) => [key, option] as const,
  );
  try {
    return parseArgs({ args, options: Object.fromEntries(config) }).values as OptionValues;
  } catch (cause) {
    throw new HeedError("USAGE", `${(cause as Error).message}\n\nOptions of ${name}:\n${optionTable(options)}`, {
      cause,
    });
  }
}

function usage(): string {
  const listed = [...benchmarks.values()].map(description);
  return `Usage: npm run bench -- NAME [options]\n\n${listed.join("\n\n")}`;
}

function description({ name, summary, options }: Benchmark): string {
  return `${name}: ${summary}\n${optionTable({ ...options, ...common })}`;
}

function optionTable(options: Benchmark["options"]): string {
  return formatTable(
    Object.entries(options).map(([name, option]) => {
      const initial = option.default === undefined || option.default === false ? "" : ` (default: ${option.default})`;
      return [`  --${name}`, option.help + initial];
    }),
  );
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof HeedError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
});
