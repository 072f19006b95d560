import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digits, formatTable } from "../table.ts";
import { type CorpusJob, type Stage, type StageResult, stages } from "./corpus-stages.ts";
import { growthPeer } from "./point.ts";
import { reportOf, type SeriesReport } from "./series.ts";
import { writeSyntheticCorpus } from "./synthetic-corpus.ts";

const MB = 1e6;
/** What a corpus of ten million pairs may take. */
const LIMIT = 400 * MB;

interface CorpusPoint {
  readonly pairs: number;
  readonly stages: ReadonlyMap<Stage, StageResult>;
}

/** From files to the batches of one epoch, for corpora of growing size. */
export async function corpusCurve(sizes: readonly number[], log: (line: string) => void): Promise<SeriesReport[]> {
  const points: CorpusPoint[] = [];
  for (const pairs of sizes) points.push(await measureCorpus(pairs, log));
  const what = "against the pairs of a corpus, from two files to the batches of an epoch";
  const seconds = ({ stages }: CorpusPoint) => [...stages.values()].reduce((sum, stage) => sum + stage.seconds, 0);
  return [
    stageReport(points),
    reportOf({
      title: `Data: time ${what}`,
      theory: "a + b·N: each pair is read, encoded and put in a batch once",
      x: "N",
      y: "s",
      points: points.map((point) => ({ x: point.pairs, y: seconds(point) })),
    }),
    reportOf({
      title: `Data: memory ${what}`,
      theory:
        "a + b·N: 24 bytes for each pair at most (where its text is, its hash, lengths, order); text and tokens are on the disk",
      x: "N",
      y: "peak MB",
      points: points.map((point) => ({ x: point.pairs, y: peakOf(point) / MB })),
      verdict: ({ slope }) => `Bytes for each pair: ${digits(slope * MB)}. ${limitVerdict(points)}`,
    }),
  ];
}

async function measureCorpus(pairs: number, log: (line: string) => void): Promise<CorpusPoint> {
  const folder = await mkdtemp(join(tmpdir(), "heed-growth-"));
  const name = `${pairs.toLocaleString("en-US")} pairs`;
  try {
    const files = { source: join(folder, "source.txt"), target: join(folder, "target.txt") };
    log(`${name}: writing the files`);
    await writeSyntheticCorpus(pairs, files);
    const results = new Map<Stage, StageResult>();
    const job: CorpusJob = {
      ...files,
      workDir: folder,
      validation: 1000,
      vocabSize: 8000,
      maxTokens: 4096,
    };
    const peer = growthPeer("growth-corpus.ts", JSON.stringify(job));
    try {
      for (const stage of stages) {
        const result = await peer.ask<StageResult>(stage);
        log(`${name}: ${stage}: ${digits(result.seconds)} s, peak so far ${digits(result.peakBytes / MB)} MB`);
        results.set(stage, result);
      }
    } finally {
      peer.close();
    }
    return { pairs, stages: results };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const peakOf = ({ stages }: CorpusPoint): number => Math.max(...[...stages.values()].map(({ peakBytes }) => peakBytes));

/** Where the time goes, and how memory grows from stage to stage. */
function stageReport(points: readonly CorpusPoint[]): SeriesReport {
  const rows = points.flatMap(({ pairs, stages }) =>
    [...stages].map(([stage, { seconds, peakBytes }]) => [
      pairs.toLocaleString("en-US"),
      stage,
      digits(seconds),
      digits((1e6 * seconds) / pairs),
      digits(peakBytes / MB),
    ]),
  );
  const title = "Data: stages";
  return {
    json: { title, points: points.map(({ pairs, stages }) => ({ pairs, stages: Object.fromEntries(stages) })) },
    text: `${title}\n${formatTable([["pairs", "stage", "s", "µs/pair", "peak so far MB"], ...rows])}`,
  };
}

function limitVerdict(points: readonly CorpusPoint[]): string {
  const largest = points.at(-1)!;
  const peak = peakOf(largest);
  const relation = peak < LIMIT ? "under" : "NOT under";
  return `${largest.pairs.toLocaleString("en-US")} pairs took ${digits(peak / MB)} MB: ${relation} ${LIMIT / MB} MB.`;
}
