import assert from "node:assert/strict";
import { itemsOf } from "../../../cli/check/items";
import { levelsOf, withoutStops } from "../../../cli/check/levels";
import { asMarkdown, asText, passes } from "../../../cli/check/report";
import { Failure } from "../../../cli/shared/failure";
import { previewStack, type Preview } from "../../../cli/check/preview";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";

const urn = "urn:pulumi:dev::shop::shop:index:Shop$kubernetes:apps/v1:Deployment::shop";

describe("the levels of policies", () => {
  it("are the pack's own, all set at once, or set one by one", () => {
    const configuration = {
      all: "advisory",
      "image-pinned": { enforcementLevel: "mandatory" },
      "no-dev-mode": "disabled",
      availability: { stacks: ["main"] },
    };
    assert.equal(levelsOf({}).get("image-pinned"), "mandatory");
    assert.equal(levelsOf({}).get("iam-oauth-client"), "advisory");
    const levels = levelsOf(configuration);
    assert.equal(levels.get("image-pinned"), "mandatory");
    assert.equal(levels.get("no-dev-mode"), "disabled");
    assert.equal(levels.get("availability"), "advisory");

    const engine = withoutStops(configuration, levels);
    assert.deepEqual(engine["image-pinned"], { enforcementLevel: "advisory" });
    assert.deepEqual(engine["no-dev-mode"], { enforcementLevel: "disabled" });
    assert.deepEqual(engine["availability"], { stacks: ["main"], enforcementLevel: "advisory" });
  });

  it("are refused for an unknown policy or level, all mistakes at once", () => {
    assert.throws(
      () => levelsOf({ "image-pined": "mandatory", availability: { enforcementLevel: "strict" } }),
      (error) =>
        error instanceof Failure &&
        error.message.includes('There is no policy "image-pined".') &&
        error.message.includes("availability: the level is not one of advisory, mandatory"),
    );
  });
});

describe("a check", () => {
  const rule = (name: string, host: string) => ({
    metadata: { namespace: "shops", name },
    spec: { match: { url: `https://${host}/<**>`, methods: ["GET"] } },
  });
  const planned = (name: string, host: string, isRemoved = false) => ({
    urn: `urn:pulumi:dev::shop::kubernetes:oathkeeper.ory.sh/v1alpha1:Rule::${name}`,
    type: "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule",
    inputs: rule(name, host),
    isRemoved,
  });
  const named = (name: string, host: string) => ({
    namespace: "shops",
    name,
    url: `https://${host}/<**>`,
    methods: ["GET"],
  });
  const mistake = "The stack's configuration has 1 problem:\n  - domain: is missing.";
  const preview: Preview = {
    changes: { create: 2, same: 5 },
    findings: [
      { policy: "image-pinned", urn, message: "Every image is pinned.\nspec: has no tag." },
      { policy: "iam-oauth-client", urn: "", message: "Only workforce.\ntype: is one." },
      {
        policy: "database-tls",
        urn,
        message:
          "can't run policy 'database-tls' from policy pack 'x' during preview: string value at .data can't be known",
      },
    ],
    planned: [planned("shop", "shop.example.com"), planned("old", "old.example.com", true)],
    errors: [mistake, mistake],
    warnings: ["args.hosts: has more labels.", "args.hosts: has more labels."],
  };

  it("separates errors, warnings and notes, and names the resource", () => {
    const report = { stack: "dev", changes: preview.changes, items: itemsOf(preview, levelsOf({}), []) };
    assert.equal(passes(report), false);
    assert.equal(
      asText(report),
      [
        "Check of the stack dev: 2 errors, 2 warnings, 1 note. 2 to create, 5 unchanged.",
        "  error   program: The stack's configuration has 1 problem:",
        "      - domain: is missing.",
        "  error   image-pinned (medium): Deployment shop: spec: has no tag.",
        "  warning program: args.hosts: has more labels.",
        "  warning iam-oauth-client (low): type: is one.",
        "  note    database-tls: Deployment shop: string value at .data can't be known",
      ].join("\n"),
    );
  });

  it("compares the program's Rules with other Rules of the cluster, not with the program's former ones", () => {
    const onCluster = [
      named("shop", "shop.example.com"),
      named("old", "shop.example.com"),
      named("theirs", "shop.example.com"),
    ];
    const items = itemsOf({ ...preview, errors: [], warnings: [], findings: [] }, levelsOf({}), onCluster);
    assert.deepEqual(
      items.map(({ level, message }) => [level, /the Rule (\S+)/.exec(message)?.[1]]),
      [["error", "shops/theirs"]],
    );
  });

  it("does not compare a replaced Rule with itself, or with its replacement", () => {
    const renamed = planned("shop-2", "shop.example.com");
    const steps = [planned("shop-1", "shop.example.com", true), renamed, renamed];
    const replaced = { ...preview, errors: [], warnings: [], findings: [], planned: steps };
    assert.deepEqual(itemsOf(replaced, levelsOf({}), [named("shop-1", "shop.example.com")]), []);
  });

  it("says how severe a finding is, and puts the most severe first", () => {
    const finding = (policy: string) => ({ policy, urn, message: "It is so.\nspec: is not." });
    const findings = ["container-limits", "availability", "rule-mutators", "no-dev-mode"].map(finding);
    const items = itemsOf(
      { ...preview, errors: [], warnings: [], findings },
      levelsOf({ all: "mandatory" }),
      [],
    );
    const report = { stack: "dev", changes: {}, items };
    assert.deepEqual(
      [asText(report), asMarkdown(report)].map((text) => text.match(/[a-z-]+ \([a-z]+\)/g)),
      Array(2).fill([
        "rule-mutators (critical)",
        "no-dev-mode (high)",
        "availability (medium)",
        "container-limits (low)",
      ]),
    );
  });

  it("passes with warnings", () => {
    const report = { stack: "dev", changes: { same: 1 }, items: [] };
    assert.equal(asText(report), "Check of the stack dev: nothing found. No changes, 1 unchanged.");
    assert.ok(passes({ ...report, items: [{ level: "warning", source: "x", message: "y" }] }));
  });

  it("is plain text in a pull request, whatever a message contains", () => {
    const items = [{ level: "error", source: "program", message: "<img> | @all\nnext" }] as const;
    assert.equal(
      asMarkdown({ stack: "dev", changes: {}, items }).split("\n").at(-1),
      "| error | program | &lt;img> &#124; &#64;all<br>next |",
    );
  });
});

describe("a preview whose engine ends with an error", () => {
  const ended = (...events: object[]) => {
    const preview = ({ onEvent }: { onEvent: (event: EngineEvent) => void }) => {
      for (const event of events) onEvent(event as EngineEvent);
      return Promise.reject(Object.assign(new Error("code: -1, killed"), { name: "CommandError" }));
    };
    return previewStack({ preview } as unknown as Stack, {});
  };
  const finding = (enforcementLevel: string) => ({
    policyEvent: { policyName: "availability", message: "has one replica", enforcementLevel },
  });

  it("is a result where the engine said why", async () => {
    const diagnosticEvent = { severity: "error", message: "no such provider" };
    assert.deepEqual((await ended({ diagnosticEvent })).errors, ["no such provider"]);
    assert.equal((await ended(finding("mandatory"))).findings.length, 1);
  });

  it("has the error, and not what the engine stopped because of it", async () => {
    const error = (message: string) => ({ diagnosticEvent: { severity: "error", message } });
    const stopped = "failed to run remediation: context canceled";
    assert.deepEqual((await ended(error("is invalid"), error(stopped))).errors, ["is invalid"]);
    assert.deepEqual((await ended(error(stopped))).errors, [stopped]);
  });

  it("is an error where it did not, whatever policies have found before", async () => {
    await assert.rejects(ended(finding("advisory")), { name: "CommandError" });
  });
});
