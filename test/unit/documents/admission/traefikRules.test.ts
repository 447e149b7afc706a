import assert from "node:assert/strict";
import { hostCall, hostLiteral, restrictedToHosts } from "../../../../documents/admission/traefikRules";

const proven = (match: string) => new RegExp(restrictedToHosts).test(match);
const hostsOf = (match: string) =>
  (match.match(new RegExp(hostCall, "g")) ?? [])
    .flatMap((call) => call.match(new RegExp(hostLiteral, "g")) ?? [])
    .map((quoted) => quoted.slice(1, -1));

describe("a rule of a Traefik router", () => {
  const ordinary = [
    "Host(`a.example.org`)",
    'Host("a.example.org")',
    "Host(`a.example.org`, `b.example.org`)",
    "Host(`a.example.org`) || Host(`b.example.org`)",
    "Host(`a.example.org`) && PathPrefix(`/api`)",
    "PathPrefix(`/api`) && Host(`a.example.org`)",
    "Host(`a.example.org`) && (PathPrefix(`/dashboard`) || PathPrefix(`/api`))",
    "Host(`a.example.org`) && !Path(`/metrics`)",
    "Host(`a.example.org`) && !(Path(`/metrics`) || Path(`/debug`))",
    "(Host(`a.example.org`) || Host(`b.example.org`)) && Method(`GET`,`HEAD`)",
    "(Host(`a.example.org`) && PathPrefix(`/a`)) || (Host(`b.example.org`) && PathPrefix(`/b`))",
    "Host(`a.example.org`) && (PathPrefix(`/a`) || (Path(`/b`) && Method(`GET`)))",
    "Host(`a.example.org`) && HeaderRegexp(`Content-Type`, `^application/(text|json)$`)",
    "Host(`a.example.org`) && Headers(`X-Real`, `1`) && Query(`a`, `b`)",
    "  Host(`a.example.org`)\n  && PathPrefix(`/`)\n",
    "HostSNI(`db.example.org`)",
    "HostSNI(`*`)",
    "HostSNI(`db.example.org`) && ClientIP(`10.0.0.0/8`) && ALPN(`h2`)",
    "Host(`A.Example.ORG`)",
  ];
  for (const match of ordinary)
    it(`is provably restricted to the hosts that it names: ${match}`, () => {
      assert.ok(proven(match));
      assert.notDeepEqual(hostsOf(match), []);
    });

  const unproven = [
    "",
    "PathPrefix(`/`)",
    "HostRegexp(`.+`)",
    "HostRegexp(`^.*[.]example[.]org$`)",
    "HostSNIRegexp(`.+`)",
    "!Host(`a.example.org`)",
    "!(Host(`a.example.org`))",
    "!(!Host(`grafana.apps.example.com`))",
    "Host(`a.example.org`) || PathPrefix(`/`)",
    "PathPrefix(`/`) || Host(`a.example.org`)",
    "Host(`a.example.org`) && PathPrefix(`/`) || PathPrefix(`/x`)",
    "Host(`a.example.org`) && (PathPrefix(`/`) || HostRegexp(`.+`))",
    "Host(`a.example.org`) || (Method(`GET`) && !Path(`/x`))",
    "(Host(`a.example.org`) || PathPrefix(`/x`)) && Method(`GET`)",
    "!Host(`a.example.org`) && Host(`b.example.org`)",
    "host(`a.example.org`)",
    'Host("\\x67rafana.apps.example.com")',
    'Path("\\") && PathPrefix(`/`) || Host(`a.example.org`)")',
    "Host(`a.example.org`) /* */ || PathPrefix(`/`)",
    "Host(`a.example.org`) // ||",
    "Host(`a.example.org{x}`)",
    "Unknown(`a`) && Host(`a.example.org`)",
    "Host()",
  ];
  for (const match of unproven)
    it(`is not provably restricted to hosts that it names: ${match}`, () => {
      assert.ok(!proven(match));
    });

  it("yields every host that it names, whatever its other strings look like", () => {
    const tricky: readonly (readonly [string, readonly string[]])[] = [
      [
        "Host(`a.example.org`) || Host(`grafana.apps.example.com`)",
        ["a.example.org", "grafana.apps.example.com"],
      ],
      ["Host(`a.example.org`,`b.example.org`)", ["a.example.org", "b.example.org"]],
      ['PathPrefix("Host(") && Host(`b.example.org`)', ["b.example.org"]],
      ['PathPrefix("Host(`a`,") && Host(`b.example.org`)', ["b.example.org"]],
      ['PathPrefix(`Host("a",`) && Host(`b.example.org`)', ["b.example.org"]],
      ["Path(`x`, `Host(`) && Host(`b.example.org`)", ["b.example.org"]],
      [
        '(Host(`a.example.org`) && Host("b.example.org")) || Host(`*.example.org`)',
        ["a.example.org", "b.example.org", "*.example.org"],
      ],
    ];
    for (const [match, hosts] of tricky) {
      assert.ok(proven(match), match);
      assert.deepEqual(hostsOf(match), hosts, match);
    }
  });
});
