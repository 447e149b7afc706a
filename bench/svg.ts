import type { Measured } from "./statistics";

export interface Bar extends Pick<Measured, "median" | "min" | "max"> {
  readonly label: string;
  /** Drawn as a line across the bar. */
  readonly aim?: number;
}

export interface BarChart {
  readonly title: string;
  /** Printed after each value. */
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const LABELS = 240;
const VALUES = 110;
const HEAD = 40;
const ROW = 26;
const THICKNESS = 14;
const PLOT = WIDTH - LABELS - VALUES;
/** Readable on a light and on a dark page. */
const colours = { text: "#7d8590", bar: "#4c8eda", spread: "#8fb8e8", aim: "#d9822b" } as const;

/** A horizontal bar chart as SVG: the median as the bar, the spread as a thin line on it, the aim as a mark. */
export function barChart({ title, unit, bars }: BarChart): string {
  const height = HEAD + bars.length * ROW + 8;
  const most = Math.max(...bars.flatMap(({ max, aim }) => [max, aim ?? 0]));
  const x = (value: number) => rounded(LABELS + (most === 0 ? 0 : (value / most) * PLOT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<text x="0" y="18" font-size="14" fill="${colours.text}">${escaped(title)}</text>`,
    ...bars.map((bar, index) => row(bar, HEAD + index * ROW, x, unit)),
    "</svg>",
    "",
  ].join("\n");
}

function row({ label, median, min, max, aim }: Bar, top: number, x: (value: number) => number, unit: string) {
  const middle = top + THICKNESS / 2;
  const width = rounded(x(median) - LABELS);
  return [
    `<text x="${LABELS - 8}" y="${top + 11}" text-anchor="end" fill="${colours.text}">${escaped(label)}</text>`,
    `<rect x="${LABELS}" y="${top}" width="${width}" height="${THICKNESS}" fill="${colours.bar}"/>`,
    `<line x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}" stroke="${colours.spread}" stroke-width="3"/>`,
    ...(aim === undefined
      ? []
      : [
          `<line x1="${x(aim)}" x2="${x(aim)}" y1="${top - 3}" y2="${top + THICKNESS + 3}" stroke="${colours.aim}" stroke-width="2"/>`,
        ]),
    `<text x="${WIDTH - VALUES + 8}" y="${top + 11}" fill="${colours.text}">${shown(median)} ${escaped(unit)}</text>`,
  ].join("\n");
}

/** Three significant digits. */
export function shown(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
