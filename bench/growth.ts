import { HeedError } from "../src/error.ts";
import { type Benchmark, count, type OptionValues, type Report } from "./benchmark.ts";
import { corpusCurve } from "./growth/corpus.ts";
import { batchCurve, type CurveOptions, decodingCurve, lengthCurve, vocabularyCurve } from "./growth/model-curves.ts";
import { reportOf, type Series, type SeriesReport } from "./growth/series.ts";
import { physicalCores } from "./machine.ts";

type Curve = (options: CurveOptions) => Promise<SeriesReport[]>;

const curves: ReadonlyMap<string, Curve> = new Map([
  ["length", beside(lengthCurve)],
  ["vocabulary", beside(vocabularyCurve)],
  ["batch", beside(batchCurve)],
  ["decoding", beside(decodingCurve)],
  ["corpus", ({ quick, log }) => corpusCurve(quick ? [1e4, 1e5] : [1e4, 1e5, 1e6, 1e7], log)],
]);

export const growth: Benchmark = {
  name: "growth",
  summary: "time and memory against the length of sentences, vocabulary, batch and corpus, beside what theory says",
  options: {
    curve: { type: "string", default: [...curves.keys()].join(","), help: "Which curves." },
    seconds: { type: "string", default: "5", help: "How long to measure each point of a curve on a model." },
    quick: { type: "boolean", default: false, help: "Fewer points, and corpora of at most 100,000 pairs." },
    threads: { type: "string", help: "Threads of the engine; one for each physical core unless given." },
  },
  run,
};

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  const names = String(values.curve).split(",");
  const unknown = names.find((name) => !curves.has(name));
  if (unknown !== undefined) {
    throw new HeedError("USAGE", `--curve: there is no "${unknown}", but ${[...curves.keys()].join(", ")}.`);
  }
  const threads = values.threads === undefined ? await physicalCores() : count(values, "threads");
  const options = { threads, seconds: count(values, "seconds"), quick: values.quick === true, log };
  const reports: SeriesReport[] = [];
  for (const name of names) reports.push(...(await curves.get(name)!(options)));
  return {
    json: { threads, curves: reports.map(({ json }) => json) },
    text: [`threads: ${threads}`, ...reports.map(({ text }) => text)].join("\n\n"),
  };
}

function beside(measure: (options: CurveOptions) => Promise<Series[]>): Curve {
  return async (options) => (await measure(options)).map(reportOf);
}
