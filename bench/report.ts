import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workloadOf } from "./footprint";
import { checkout } from "../dev/checkout";
import type { Report } from "./results";
import { barChart, shown, type Bar } from "./svg";

const FOLDER = join(checkout, "docs/benchmarks");
const TABLE = { start: "<!-- table -->", end: "<!-- end of the table -->" } as const;

/** One line of the table: the measurement, and its aim. */
interface Row {
  readonly what: string;
  readonly value: number | undefined;
  readonly unit: string;
  readonly aim?: Readonly<{ max: number } | { min: number }>;
}

/** Writes the numbers, the plots and the table of a run to docs/benchmarks/. */
export async function writeReport(report: Report): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, "latest.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  for (const [name, svg] of Object.entries(plots(report))) await writeFile(join(FOLDER, `${name}.svg`), svg);
  const page = join(FOLDER, "README.md");
  await writeFile(page, withTable(await readFile(page, "utf8"), table(report)));
}

/** A Markdown page with another table between its two marks. */
export function withTable(page: string, markdown: string): string {
  const start = page.indexOf(TABLE.start);
  const end = page.indexOf(TABLE.end);
  if (start < 0 || end < start) throw new RangeError("the page has no marks around its table");
  return `${page.slice(0, start + TABLE.start.length)}\n\n${markdown}\n${page.slice(end)}`;
}

/** The results against their aims, as Markdown. */
export function table(report: Report): string {
  const cells = rowsOf(report).map(({ what, value, unit, aim }) => [
    what,
    value === undefined ? "not measured" : `${shown(value)}${unit}`,
    aim === undefined ? "" : "max" in aim ? `≤ ${aim.max}${unit}` : `≥ ${aim.min}${unit}`,
    value === undefined || aim === undefined ? "" : holds(value, aim) ? "yes" : "**no**",
  ]);
  const all = [["What", "Measured", "Aim", "Met"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const { commit, date, machine, turns } = report;
  return [
    `Commit ${commit}, ${date}, ${turns} turns, on ${machine}.`,
    "",
    line(all[0] ?? []),
    rule,
    ...cells.map(line),
    "",
  ].join("\n");
}

function holds(value: number, aim: NonNullable<Row["aim"]>): boolean {
  return "max" in aim ? value <= aim.max : value >= aim.min;
}

function rowsOf(report: Report): Row[] {
  return [
    ...requestPathRows(report),
    ...rulesLiveRows(report),
    ...startRows(report),
    ...pulumiRows(report),
    ...footprintRows(report),
  ];
}

function requestPathRows({ requestPath }: Report): Row[] {
  return [
    {
      what: "Latency at 1 connection, over no proxy at all",
      value: requestPath?.p50OverDirect,
      unit: " ×",
      aim: { max: 1.5 },
    },
    {
      what: "Throughput at 32 connections, over no proxy at all",
      value: requestPath?.throughputOverDirect,
      unit: " ×",
      aim: { min: 0.75 },
    },
    {
      what: "The same for an nginx that only forwards",
      value: requestPath?.throughputOfPlainNginxOverDirect,
      unit: " ×",
    },
    {
      what: "Latency at 1 connection, over oauth2-proxy",
      value: requestPath?.p50OverOauth2Proxy,
      unit: " ×",
      aim: { max: 0.75 },
    },
    {
      what: "Throughput at 32 connections, over oauth2-proxy",
      value: requestPath?.throughputOverOauth2Proxy,
      unit: " ×",
      aim: { min: 2.5 },
    },
    {
      what: "Throughput at 32 connections, over Oathkeeper as the reverse proxy",
      value: requestPath?.throughputOverForwarding,
      unit: " ×",
    },
    {
      what: "Throughput at 32 connections, over the seed's configuration",
      value: requestPath?.throughputOverSeed,
      unit: " ×",
      aim: { min: 8 },
    },
    {
      what: "Latency with 1,000 rules, over 1 rule",
      value: requestPath?.p50At1000RulesOver1,
      unit: " ×",
      aim: { max: 1.1 },
    },
    {
      what: "Answers under load that were not 200",
      value: requestPath?.non2xx,
      unit: "",
      aim: { max: 0 },
    },
    {
      what: "Throughput of one pod after five minutes at 32 connections, over that at first",
      value: requestPath?.sustainedLastOverFirst,
      unit: " ×",
      aim: { min: 0.95 },
    },
  ];
}

function rulesLiveRows({ rulesLive }: Report): Row[] {
  return [
    {
      what: "A changed rule is live on 3 replicas, 95th percentile",
      value: rulesLive?.p95Seconds,
      unit: " s",
      aim: { max: 1 },
    },
    {
      what: "Wrong answers while 100 rules at a time change",
      value: rulesLive?.wrongAnswers,
      unit: "",
      aim: { max: 0 },
    },
    {
      what: "Failed requests in 20 reloads under load",
      value: rulesLive?.failedInReloads,
      unit: "",
      aim: { max: 0 },
    },
    {
      what: "1,000 new rules are live on 3 replicas",
      value: rulesLive?.seconds1000,
      unit: " s",
      aim: { max: 60 },
    },
  ];
}

function startRows({ start }: Report): Row[] {
  return [
    {
      what: "From an empty cluster to the login page",
      value: start?.loginPageSeconds,
      unit: " s",
      aim: { max: 15 },
    },
    {
      what: "`make demo`, everything built",
      value: start?.demoWarmSeconds,
      unit: " s",
      aim: { max: 60 },
    },
  ];
}

function pulumiRows({ pulumi }: Report): Row[] {
  return [
    {
      what: "Start of the Pulumi program to its first resource",
      value: pulumi?.programStartSeconds,
      unit: " s",
      aim: { max: 0.8 },
    },
    {
      what: "Preview of 1,000 services, over the same objects by hand",
      value: pulumi?.preview1000OverPlain,
      unit: " ×",
      aim: { max: 1.3 },
    },
    {
      what: "`pulumi up` with nothing to change, over its preview",
      value: pulumi?.noopOverPreview,
      unit: " ×",
      aim: { max: 1.2 },
    },
    {
      what: "Guards of 1,000 services",
      value: pulumi?.guards1000Seconds,
      unit: " s",
      aim: { max: 2 },
    },
    { what: "Policies on 200 resources", value: pulumi?.policy200Seconds, unit: " s", aim: { max: 2 } },
  ];
}

function footprintRows({ footprint }: Report): Row[] {
  return [
    {
      what: "Memory of the whole gateway, idle, two of each server",
      value: footprint?.idleMiB,
      unit: " MiB",
      aim: { max: 280 },
    },
    {
      what: "The same with one of each",
      value: footprint?.idleOneReplicaMiB,
      unit: " MiB",
      aim: { max: 280 },
    },
  ];
}

/** The plots by file name. */
function plots({ footprint, pulumi, requestPath, rulesLive }: Report): Record<string, string> {
  return {
    ...(requestPath && {
      latency: barChart({
        title: "Median latency at 1 connection",
        unit: "ms",
        bars: pathBars(requestPath.runs, "@1", "p50Ms"),
      }),
      throughput: barChart({
        title: "Throughput at 32 connections",
        unit: "req/s",
        bars: pathBars(requestPath.runs, "@32", "perSecond"),
      }),
      sustained: barChart({
        title: "Five minutes at 32 connections, by the half minute",
        unit: "req/s",
        bars: requestPath.sustained.map((value, index) => ({
          label: `${index * 30} s`,
          median: value,
          min: value,
          max: value,
        })),
      }),
    }),
    ...(rulesLive && {
      rules: barChart({
        title: "Until a change of a rule is live on 3 replicas",
        unit: "s",
        bars: Object.entries(rulesLive.spread).map(([label, spread]) => ({ label, ...spread })),
      }),
    }),
    ...(pulumi && {
      program: barChart({
        title: "Processor time of a program with 1,000 services",
        unit: "s",
        bars: Object.entries(pulumi.programs)
          .filter(([label]) => label.endsWith("-1000"))
          .map(([label, { cpuSeconds }]) => ({ label, ...cpuSeconds })),
      }),
    }),
    ...(footprint && {
      footprint: barChart({
        title: "Memory of the gateway's containers, idle",
        unit: "MiB",
        bars: Object.entries(footprint.idle)
          .sort(([, a], [, b]) => b.mib - a.mib)
          .map(([name, { mib }]) => ({ label: workloadOf(name), median: mib, min: mib, max: mib })),
      }),
    }),
  };
}

function pathBars(
  runs: NonNullable<Report["requestPath"]>["runs"],
  suffix: string,
  field: "p50Ms" | "perSecond",
): Bar[] {
  return Object.entries(runs)
    .filter(([key]) => key.endsWith(suffix))
    .map(([key, run]) => ({ label: labels[key.slice(0, -suffix.length)] ?? key, ...run[field] }));
}

const labels: Readonly<Record<string, string>> = {
  direct: "no proxy",
  "plain-nginx": "an nginx that only forwards",
  "oauth2-proxy": "oauth2-proxy",
  seed: "seed's configuration",
  forwarding: "Oathkeeper forwards",
  "uncached-1": "ours, cache off",
  "ours-1": "ours, 1 rule",
  "ours-100": "ours, 100 rules",
  "ours-1000": "ours, 1,000 rules",
};
