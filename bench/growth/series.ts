import { digits, formatTable, percent } from "../table.ts";
import { fitLine, type Line, type Point, valueAt } from "./fit.ts";

/** Measurements of one thing while another grows, which theory expects to lie on a line. */
export interface Series {
  /** What is measured against what, and what stays the same. */
  readonly title: string;
  /** What theory says, and why. */
  readonly theory: string;
  /** What grows, as the head of a column. */
  readonly x: string;
  /** What is measured, with its unit. */
  readonly y: string;
  readonly points: readonly Point[];
  /** What else is known of each point, by the head of its column. */
  readonly columns?: Readonly<Record<string, readonly number[]>>;
  /** What the fitted line says beside what theory counts. */
  readonly verdict?: (line: Line) => string;
}

export interface SeriesReport {
  readonly json: object;
  readonly text: string;
}

/** The points beside the line a + b · x that fits them best. */
export function reportOf({ title, theory, x, y, points, columns = {}, verdict }: Series): SeriesReport {
  const line = fitLine(points);
  const fitted = points.map((point) => valueAt(line, point.x));
  const head = [x, y, "a + b·x", "measured / fitted", ...Object.keys(columns)];
  const rows = points.map((point, i) => [
    point.x.toLocaleString("en-US"),
    digits(point.y),
    digits(fitted[i]!),
    (point.y / fitted[i]!).toFixed(2),
    ...Object.values(columns).map((values) => digits(values[i]!)),
  ]);
  const found = `a = ${digits(line.intercept)}, b = ${digits(line.slope)}; relative residual ${percent(line.residual)}`;
  const further = verdict === undefined ? [] : [verdict(line)];
  return {
    json: {
      title,
      theory,
      x,
      y,
      points: points.map((point, i) => ({ ...point, fitted: fitted[i] })),
      columns,
      line,
      further,
    },
    text: [title, theory, formatTable([head, ...rows]), found, ...further].join("\n"),
  };
}
