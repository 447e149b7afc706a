import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { moduleFolder, type BinaryName } from "../../../dev/node/binaries";

/** What Kubernetes' and Pulumi's own packages are compiled with. */
const shared =
  /^(golang\.org\/x|google\.golang\.org|go\.opentelemetry\.io|k8s\.io|sigs\.k8s\.io\/(structured-merge-diff|json|yaml)|github\.com\/(pulumi|go-git|go-openapi|google|fxamacker|json-iterator|prometheus))\//;

/** Programs, the one whose module has the versions that theirs follows, and what has another version. */
const followers: readonly (readonly [BinaryName, BinaryName, ...string[]])[] = [
  // Both need a newer CEL than the API server was released with.
  ["cert-manager", "kubernetes", "github.com/google/cel-go"],
  ["metrics-server", "kubernetes", "github.com/google/cel-go"],
  ["prometheus-operator", "kubernetes"],
  ["pulumi-language-yaml", "pulumi-resource-kubernetes"],
  ["pulumi-csharp", "pulumi-resource-kubernetes"],
];

describe("the module of the program", () => {
  for (const [follower, leader, ...exceptions] of followers) {
    it(`${follower} has the versions of the module of ${leader} in what they share, which Go then compiles once`, () => {
      const theirs = requirements(leader);
      const different = [...requirements(follower)]
        .filter(([module, version]) => shared.test(module) && (theirs.get(module) ?? version) !== version)
        .map(([module]) => module);
      assert.deepEqual(different, exceptions);
    });
  }
});

function requirements(name: BinaryName): ReadonlyMap<string, string> {
  const pins = readFileSync(join(moduleFolder(name), "go.mod"), "utf8");
  const lines = pins.matchAll(/^(?:require )?\t?(\S+) (v\S+)(?: \/\/ indirect)?$/gm);
  return new Map(Array.from(lines, ([, module = "", version = ""]) => [module, version]));
}
