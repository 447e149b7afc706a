import assert from "node:assert/strict";
import { describeProblem } from "../../../documents/shared/problem";
import { vmagent } from "../components/programs";
import { asEngine, devConfig, refusal } from "./configuration";

const service = (change: object) => ({ services: { vmagent: { upstream: vmagent, ...change } } });
const notASetting = (what: string) => `is not a setting (found ${what}).`;
const wrongForm = (what: string) => `has the wrong form (found ${what}).`;

/** The messages about a setting. */
function linesOf(change: object): string[] {
  const base = { ...devConfig(), demoUpstream: "false", services: "{}" };
  return refusal({ ...base, ...asEngine({ ...change }) }).problems.map(describeProblem);
}

describe("the advice on a setting of the wrong form", () => {
  for (const [change, path, advice] of [
    [
      service({ publicPaths: ["/health"] }),
      "services.vmagent.publicPaths[0]",
      `${wrongForm("text")} Write {path, match: exact or prefix, methods?}.`,
    ],
    [
      service({ access: ["alice@example.com"] }),
      "services.vmagent.access",
      `${wrongForm("a list")} Write {emails?, domains?, groups?}.`,
    ],
    [
      service({ access: { emails: "alice@example.com" } }),
      "services.vmagent.access.emails",
      `${wrongForm("text")} Write a list, for example [alice@example.com].`,
    ],
    [
      { route: { from: ["traefik"] } },
      "route.from[0]",
      `${wrongForm("text")} Write {namespaceSelector?, podSelector?} or {ipBlock}.`,
    ],
    [
      { route: { from: "traefik" } },
      "route.from",
      `${wrongForm("text")} Write a list: [{namespaceSelector?, podSelector?, ipBlock?}].`,
    ],
    [
      { route: { kind: "gatewayApi", from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] } },
      "route.parentRef",
      "is missing (found nothing). Write {namespace, name, sectionName?}.",
    ],
    [
      { metricsFrom: ["monitoring"] },
      "metricsFrom[0]",
      `${wrongForm("text")} Write {namespaceSelector?, podSelector?} or {ipBlock}.`,
    ],
    [
      { tls: { issuer: "letsencrypt" } },
      "tls.issuer",
      `${wrongForm("text")} Write {kind: ClusterIssuer, name}.`,
    ],
    [
      service({ upstream: { ...vmagent, pods: "app=x" } }),
      "services.vmagent.upstream.pods",
      `${wrongForm("text")} Write labels, for example {app: x}.`,
    ],
    [
      service({ hosts: "a.apps.example.com" }),
      "services.vmagent.hosts",
      `${wrongForm("text")} Write a list, for example [a.apps.example.com].`,
    ],
    [
      { egress: { alsoTo: { proxy: "internet" } } },
      "egress.alsoTo.proxy",
      `${wrongForm("text")} Write a list: [internet], or [{to: [peers], ports?}].`,
    ],
    [
      { services: [{ upstream: vmagent }] },
      "services",
      `${wrongForm("a list")} Write {name: {upstream: …}}.`,
    ],
    [
      service({ patches: "none" }),
      "services.vmagent.patches",
      `${wrongForm("text")} Write {route?, rule?, networkPolicy?}.`,
    ],
    [
      { upstreams: { clientCertificates: ["mesh"] } },
      "upstreams.clientCertificates",
      `${wrongForm("a list")} Write {name: {secretName, namespaces?}}.`,
    ],
    [
      { upstreams: { credentials: { api: {} } } },
      "upstreams.credentials.api.kind",
      "is missing (found nothing). Write {kind: basic, secretName, namespaces?} or {kind: header, secretName, key, header?, prefix?, namespaces?}.",
    ],
    [
      { monitoring: { serviceMonitors: false } },
      "monitoring.alerts",
      "is missing (found nothing). Write alerts: true, or alerts: false for none.",
    ],
  ] as const)
    it(`says how to write ${path}: ${JSON.stringify(change)}`, () => {
      assert.deepEqual(linesOf(change), [`portcullis:${path}: ${advice}`]);
    });
});

describe("the advice on an unknown setting", () => {
  it("names the key for a mail server that is written into the file, and does not show it", () => {
    assert.deepEqual(
      linesOf({ smtp: { from: "a@example.com", uri: "smtps://u:hunter2@mail.example.com:465" } }),
      [
        "portcullis:smtp.uri: must not contain the secret itself (found a value). Remove it. Run: pulumi config set --secret portcullis:smtpUri. Anyone who can read the file knows a value that was in it in plain text: make a new one.",
      ],
    );
  });

  for (const [change, path, advice] of [
    [{ domian: "apps.example.com" }, "domian", `${notASetting("text")} Did you mean "domain"?`],
    [
      { colour: "red" },
      "colour",
      `${notASetting("text")} Remove it, or correct its name: Pulumi.yaml lists the settings.`,
    ],
    [
      service({ upstrem: vmagent }),
      "services.vmagent.upstrem",
      `${notASetting("an object")} Did you mean "upstream"?`,
    ],
    [
      service({ colour: "red" }),
      "services.vmagent.colour",
      `${notASetting("text")} Remove it, or correct its name: docs/stack.md lists the fields.`,
    ],
    [
      service({ access: { emails: ["a@example.com"], emailDomains: ["example.com"] } }),
      "services.vmagent.access.emailDomains",
      `${notASetting("a list")} Remove it, or write one of emails, domains, groups.`,
    ],
    [
      { tls: { issuer: { kind: "Issuer", name: "a", nmae: "b" } } },
      "tls.issuer.nmae",
      `${notASetting("text")} Did you mean "name"?`,
    ],
    [
      { images: { override: { kratoss: "kratos:1" } } },
      "images.override.kratoss",
      `${notASetting("text")} Did you mean "kratos"?`,
    ],
  ] as const)
    it(`suggests what ${path} was meant to be, or lists what there is: ${JSON.stringify(change)}`, () => {
      assert.deepEqual(linesOf(change), [`portcullis:${path}: ${advice}`]);
    });
});
