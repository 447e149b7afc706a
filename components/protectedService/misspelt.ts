import { nearest } from "../../documents/shared/nearest";
import { found, type Path, type Problem } from "../../documents/shared/problem";
import type { ProtectedServiceArgs } from "../protectedService";

const named: Readonly<Record<keyof ProtectedServiceArgs, true>> = {
  access: true,
  annotations: true,
  gateway: true,
  headers: true,
  hosts: true,
  identity: true,
  isolation: true,
  machines: true,
  methods: true,
  namespace: true,
  patches: true,
  paths: true,
  portal: true,
  preserveHost: true,
  publicPaths: true,
  route: true,
  stripPath: true,
  upstream: true,
};
const names = Object.keys(named);

/**
 * Arguments whose names are misspelt, which TypeScript does not see in a value of the type `any`: without `access`, the
 * service would be open to everybody who may sign in. Other further names are left alone.
 */
export function misspeltProblems(path: Path, given: object): Problem[] {
  return Object.keys(given).flatMap((name) => {
    const meant = names.includes(name) ? undefined : nearest(name, names);
    if (meant === undefined) return [];
    return [
      {
        path: path(name),
        value: found(name),
        reason: "is not the name of an argument",
        fix: `Write ${found(meant)}, or remove it.`,
      },
    ];
  });
}
