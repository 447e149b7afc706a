import type { Problem } from "../../documents/shared/problem";
import { goJsonBytes } from "../../documents/shared/json";

/** The engine's language hosts and its policy packs read a stack's configuration from this variable. */
const VARIABLE = "PULUMI_CONFIG";
/** Linux starts no program with a longer variable: 32 pages, the last byte of which ends it. */
const MAX_BYTES = 32 * 4096 - 1;

/**
 * Reports a configuration that the engine could not pass to a program: it then fails with "argument list too long".
 *
 * @param configuration every value as text, including secrets, by full key
 * @see https://github.com/pulumi/pulumi/issues/20402
 */
export function configurationSizeProblems(configuration: Readonly<Record<string, string>>): Problem[] {
  const bytes = Buffer.byteLength(`${VARIABLE}=`) + goJsonBytes(configuration);
  if (bytes <= MAX_BYTES) return [];
  const [[largest]] = Object.entries(configuration).sort(
    ([, one], [, other]) => other.length - one.length,
  ) as [[string, string]];
  return [
    {
      path: largest,
      value: `${bytes} bytes with all other settings`,
      reason: `makes the configuration longer than the ${MAX_BYTES} bytes that Pulumi can hand to a program`,
      fix: "Move services into files of their own, in a folder that portcullis:serviceFiles names.",
    },
  ];
}
