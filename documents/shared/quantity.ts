import { found, type Problem } from "./problem";

const decimal = ["k", "M", "G", "T", "P", "E"];
const units: Readonly<Record<string, number>> = Object.fromEntries(
  decimal.flatMap((unit, at) => [
    [unit, 1000 ** (at + 1)],
    [`${unit.toUpperCase()}i`, 1024 ** (at + 1)],
  ]),
);
const shape = /^\+?(\d+\.?\d*|\.\d+)(?:([KMGTPE]i|[kMGTPE])|([eE][+-]?\d+))?$/;

/** No volume is smaller than this, and `20` means 20 bytes. */
const minBytes = 1024 ** 2;

/**
 * Checks the size of a volume, as a Kubernetes quantity.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityProblems(path: string, size: string): Problem[] {
  const [, number, unit = "", exponent = ""] = shape.exec(size) ?? [];
  const bytes = number === undefined ? 0 : Number(number + exponent) * (units[unit] ?? 1);
  if (bytes >= minBytes) return [];
  return [
    {
      path,
      value: found(size),
      reason: number === undefined ? "is not a size as Kubernetes writes one" : "is less than any volume has",
      fix: 'Write a number and a unit with nothing between them, for example "8Gi".',
    },
  ];
}
