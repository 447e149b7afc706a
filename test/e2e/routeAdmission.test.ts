import assert from "node:assert/strict";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { fixtureHosts } from "../../dev/fixtures/manifests";
import { DEVELOPMENT_ZONE as zone } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { hostsAnnotation } from "../../documents/admission/hosts";
import { admissionAnnotation, unjudged } from "../../documents/admission/policy";
import { testCluster } from "../cluster/run";
import * as drafts from "./controllerRouteDrafts";
import { installRouteDefinitions, removeRouteDefinitions } from "./definitions/routes";
import { Editor, Inquiry, outcome, type Draft } from "./editor";
import {
  annotated,
  annotationsThatTakeHosts,
  answerHeaders,
  backend,
  gatewayParents,
  harmlessAnnotations,
  httpRoute,
  ingress,
  ingressRoute,
  ingressSpec,
  manyRoutes,
  meshParent,
  rulesWithVariables,
  withSpec,
} from "./routeDrafts";

const OWNED = `grafana.${zone}`;
const GATEWAY = "portcullis";
const PROXY = "portcullis-proxy";

describe("the admission policies for routes, asked by the built-in role edit", () => {
  let cluster: DevCluster;
  let editor: Editor;
  let definitions: readonly string[];
  const inquiry = new Inquiry();

  before(async () => {
    cluster = await testCluster();
    await new DevStack(cluster, progress()).up();
    definitions = await installRouteDefinitions(cluster);
    editor = await Editor.of(cluster, "portcullis-editor-test", {
      [hostsAnnotation]: `${OWNED}, auth.${zone}, *.a.${zone}`,
    });
    // The API server takes a moment to read new policies.
    await eventually(async () => {
      assert.match(await editor.verdict(ingress({ host: OWNED })), /elsewhere/);
    });
    await inquiry.ask(editor);
  });

  after(async () => {
    await editor.leave();
    await removeRouteDefinitions(cluster, definitions);
  });

  const refuses = (what: string, draft: Draft, reason: RegExp) => {
    const verdict = inquiry.about(draft);
    it(`refuses ${what}`, () => {
      assert.match(verdict(), reason);
    });
  };
  const admits = (what: string, draft: Draft) => {
    const verdict = inquiry.about(draft);
    it(`admits ${what}`, () => {
      assert.equal(verdict(), "admitted");
    });
  };

  describe("an Ingress", () => {
    const elsewhere = /leads hosts of .* elsewhere/;
    for (const [what, host] of [
      ["a protected host", `vmagent.${zone}`],
      ["a host of its own namespace, which the proxy protects", OWNED],
      ["the domain itself", zone],
      ["a host of the gateway", `auth.${zone}`],
      ["a host below a protected one", `x.vmagent.${zone}`],
      ["every host of the domain", `*.${zone}`],
      ["all below a host", `*.a.${zone}`],
      ["a wildcard above the domain", `*.${zone.split(".").slice(1).join(".")}`],
      ["the unprotected host of another namespace", `issuer.${zone}`],
    ] as const)
      refuses(`${what}: ${host}`, ingress({ host }), elsewhere);
    refuses("one path of a protected host", ingress({ host: `vmagent.${zone}`, path: "/x" }), elsewhere);
    refuses(
      "a protected host after a foreign one",
      ingress({ host: "shop.example.org" }, { host: OWNED }),
      elsewhere,
    );
    refuses("no host", ingress({}), /without a host/);
    refuses("one path of no host", ingress({ path: "/api/v1/query_range" }), /without a host/);
    refuses("a default backend", withSpec(ingress(), { defaultBackend: backend }), /defaultBackend/);
    refuses(
      "a default backend beside a foreign host",
      withSpec(ingress(), { ...ingressSpec({ host: "shop.example.org" }), defaultBackend: backend }),
      /defaultBackend/,
    );
    for (const path of ["/`) || Host(`x", '/" quoted', "/with space", "/line\nbreak"])
      refuses(
        `a path with text of a controller's language: ${JSON.stringify(path)}`,
        ingress({ host: "shop.example.org", path }),
        /no quotes/,
      );

    admits("a foreign host", ingress({ host: "shop.example.org" }));
    admits("a foreign wildcard", ingress({ host: "*.example.org" }));
    admits("a look-alike of the domain", ingress({ host: `evil${zone}` }));
    admits("a host that only begins as one of the domain's", ingress({ host: `${OWNED}.example.org` }));
    admits(
      "many foreign hosts",
      ingress(...Array.from({ length: 300 }, (_, index) => ({ host: `shop-${index}.example.org` }))),
    );

    for (const [name, value, reason] of annotationsThatTakeHosts(zone, OWNED))
      refuses(`the annotation ${name}: ${value}`, annotated(name, value), reason);
    for (const [name, value] of harmlessAnnotations(zone))
      admits(`the annotation ${name}: ${value}`, annotated(name, value));

    it("admits a listed host in the namespace that the list names", async () => {
      for (const { host, namespace } of fixtureHosts(zone)) {
        const { metadata, ...draft } = ingress({ host });
        const object = { ...draft, metadata: { ...metadata, name: "listed", namespace } };
        const args = ["apply", "--server-side", "--dry-run=server", "--filename", "-"];
        assert.equal(await outcome(kubectl(cluster, args, JSON.stringify(object))), "admitted");
      }
    });
  });

  describe("an HTTPRoute", () => {
    const own = [{ name: "grafana", port: 80 }];
    const toProxy = [{ name: PROXY, namespace: GATEWAY, port: 4455 }];
    const owned = (...rules: object[]) => httpRoute({ hostnames: [OWNED], rules });
    const elsewhere = /lead only to the Service/;

    admits("an owned host that leads to the proxy", owned({ backendRefs: toProxy }));
    admits("it in every served version", {
      ...owned({ backendRefs: toProxy }),
      apiVersion: "gateway.networking.k8s.io/v1beta1",
    });
    admits(
      "a host below an owned wildcard",
      httpRoute({ hostnames: [`x.a.${zone}`], rules: [{ backendRefs: toProxy }] }),
    );
    admits("a foreign host", httpRoute({ hostnames: ["shop.example.org"], rules: [{ backendRefs: own }] }));
    refuses("an owned host that leads to a Service of its own", owned({ backendRefs: own }), elsewhere);
    refuses(
      "a second rule that leads elsewhere",
      owned({ backendRefs: toProxy }, { matches: [{ path: { value: "/x" } }], backendRefs: own }),
      elsewhere,
    );
    refuses("a second backend", owned({ backendRefs: [...toProxy, ...own] }), elsewhere);
    refuses("the proxy's namesake", owned({ backendRefs: [{ name: PROXY, port: 4455 }] }), elsewhere);
    refuses(
      "another Service of the gateway",
      owned({ backendRefs: [{ ...toProxy[0], name: "portcullis-identity-admin" }] }),
      elsewhere,
    );
    refuses(
      "a backend of another kind",
      owned({ backendRefs: [{ ...toProxy[0], group: "traefik.io", kind: "TraefikService" }] }),
      elsewhere,
    );
    const rules = [{ backendRefs: toProxy }];
    refuses("a host of nobody's", httpRoute({ hostnames: [`vmagent.${zone}`], rules }), /does not own/);
    refuses("every host of the domain", httpRoute({ hostnames: [`*.${zone}`], rules }), /does not own/);
    refuses("the domain itself", httpRoute({ hostnames: [zone], rules }), /does not own/);
    refuses("a wildcard above the domain", httpRoute({ hostnames: ["*.localhost"], rules }), /does not own/);
    refuses("a host of the gateway", httpRoute({ hostnames: [`auth.${zone}`], rules }), /gateway's own/);
    refuses("no host", httpRoute({ rules: [{ backendRefs: own }] }), /without hostnames/);
    refuses("an empty list of hosts", httpRoute({ hostnames: [], rules }), /without hostnames/);
    refuses(
      "an owned host after a foreign one",
      httpRoute({ hostnames: ["shop.example.org", OWNED], rules: [{ backendRefs: own }] }),
      elsewhere,
    );

    const filtered = (filter: object) => owned({ backendRefs: toProxy, filters: [filter] });
    const filters = /Filters may be/;
    const headers = { set: [{ name: "X-Forwarded-Host", value: `vmagent.${zone}` }] };
    refuses(
      "a copy of each request",
      filtered({ type: "RequestMirror", requestMirror: { backendRef: own[0] } }),
      filters,
    );
    refuses(
      "a filter of the controller's own",
      filtered({
        type: "ExtensionRef",
        extensionRef: { group: "traefik.io", kind: "Middleware", name: "x" },
      }),
      filters,
    );
    refuses(
      "headers for the proxy",
      filtered({ type: "RequestHeaderModifier", requestHeaderModifier: headers }),
      filters,
    );
    refuses(
      "another host for the proxy",
      filtered({ type: "URLRewrite", urlRewrite: { hostname: `vmagent.${zone}` } }),
      filters,
    );
    refuses(
      "a redirect to another host",
      owned({ filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "evil.example.org" } }] }),
      filters,
    );
    refuses(
      "a filter of a backend",
      owned({
        backendRefs: [
          { ...toProxy[0], filters: [{ type: "RequestMirror", requestMirror: { backendRef: own[0] } }] },
        ],
      }),
      filters,
    );
    for (const [what, rule] of rulesWithVariables(toProxy)) refuses(what, owned(rule), filters);
    admits("headers of the answer", filtered(answerHeaders({ set: [{ name: "X-A", value: "b=c; d" }] })));
    admits(
      "a redirect to https",
      owned({
        filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
      }),
    );
    admits(
      "any filter for a foreign host",
      httpRoute({
        hostnames: ["shop.example.org"],
        rules: [
          { backendRefs: own, filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: headers }] },
        ],
      }),
    );
    admits("a route of a mesh", httpRoute({ parentRefs: [meshParent], rules: [{ backendRefs: own }] }));
    refuses(
      "a route of a mesh that is also one of a Gateway",
      httpRoute({ parentRefs: [meshParent, ...gatewayParents], rules: [{ backendRefs: own }] }),
      /without hostnames/,
    );
  });

  describe("other routes of the Gateway API", () => {
    const rules = [{ backendRefs: [{ name: "app", port: 80 }] }];
    const route = (kind: string, spec: object): Draft => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind,
      spec: { parentRefs: gatewayParents, rules, ...spec },
    });
    refuses("a GRPCRoute", route("GRPCRoute", { hostnames: [OWNED] }), /lead only to the Service/);
    refuses("a GRPCRoute without hosts", route("GRPCRoute", {}), /without hostnames/);
    admits("a GRPCRoute for a foreign host", route("GRPCRoute", { hostnames: ["shop.example.org"] }));
    refuses("a TLSRoute", route("TLSRoute", { hostnames: [`vmagent.${zone}`] }), /does not own/);
    refuses(
      "a TLSRoute in upper case",
      route("TLSRoute", { hostnames: [OWNED.toUpperCase()] }),
      /lead only to the Service|spec\.hostnames\[0\].* should match/,
    );
    refuses("a TLSRoute without hosts", route("TLSRoute", {}), /hostnames: Required value|without hostnames/);
    admits("a TLSRoute for a foreign host", route("TLSRoute", { hostnames: ["shop.example.org"] }));
    refuses("a TCPRoute, which has no hosts", route("TCPRoute", {}), /without hostnames/);
  });

  describe("Traefik's own routes", () => {
    const unproven = /Every alternative of match/;
    const elsewhere = /leads hosts of .* elsewhere/;
    for (const [match, reason] of [
      [`Host(\`${OWNED}\`)`, elsewhere],
      [`Host(\`${OWNED.toUpperCase()}\`)`, elsewhere],
      [`Host(\`${OWNED}.\`)`, elsewhere],
      [`Host("${OWNED}") && PathPrefix(\`/x\`)`, elsewhere],
      [`Host(\`shop.example.org\`, \`${OWNED}\`)`, elsewhere],
      [`Host(\`shop.example.org\`) || (Host(\`${OWNED}\`) && Method(\`GET\`))`, elsewhere],
      [`Host(\`*.${zone}\`)`, elsewhere],
      ["PathPrefix(`/`)", unproven],
      ["HostRegexp(`.+`)", unproven],
      ["!Host(`shop.example.org`)", unproven],
      ["Host(`shop.example.org`) || PathPrefix(`/`)", unproven],
      [`host(\`${OWNED}\`)`, unproven],
      [`Host("\\x67rafana.${zone}")`, unproven],
      ["Header(`X`, `y`)", unproven],
    ] as const)
      refuses(`an IngressRoute for ${match}`, ingressRoute(match), reason);
    for (const match of [
      "Host(`shop.example.org`)",
      "Host(`shop.example.org`) && (PathPrefix(`/dashboard`) || PathPrefix(`/api`))",
      "(Host(`a.example.org`) && PathPrefix(`/a`)) || (Host(`b.example.org`) && !Path(`/b`))",
      `Host(\`evil${zone}\`)`,
    ])
      admits(`an IngressRoute for ${match}`, ingressRoute(match));
    refuses(
      "a second route",
      withSpec(ingressRoute(""), {
        routes: [{ match: "Host(`shop.example.org`)" }, { match: "PathPrefix(`/`)" }],
      }),
      unproven,
    );
    admits("a hundred routes", withSpec(ingressRoute(""), { routes: manyRoutes(100) }));
    refuses(
      "an IngressRoute of the former group",
      { ...ingressRoute(`Host(\`${OWNED}\`)`), apiVersion: "traefik.containo.us/v1alpha1" },
      elsewhere,
    );
    const tcp = (match: string): Draft => ({ ...ingressRoute(match), kind: "IngressRouteTCP" });
    refuses("an IngressRouteTCP", tcp(`HostSNI(\`${OWNED}\`)`), elsewhere);
    refuses("an IngressRouteTCP for all hosts", tcp("HostSNI(`*`)"), elsewhere);
    refuses("an IngressRouteTCP by a pattern", tcp("HostSNIRegexp(`.+`)"), unproven);
    admits(
      "an IngressRouteTCP for a foreign host",
      tcp("HostSNI(`db.example.org`) && ClientIP(`10.0.0.0/8`)"),
    );
  });

  describe("routes of other controllers", () => {
    const elsewhere = /leads hosts of .* elsewhere/;
    const all = /without a host/;
    const gateways = ["ingress/public"];
    refuses("Contour's HTTPProxy", drafts.httpProxy({ virtualhost: { fqdn: OWNED } }), elsewhere);
    admits(
      "an HTTPProxy for a foreign host",
      drafts.httpProxy({ virtualhost: { fqdn: "shop.example.org" } }),
    );
    admits("an HTTPProxy that others include", drafts.httpProxy({ routes: [] }));
    refuses("Istio's VirtualService", drafts.virtualService({ gateways, hosts: [OWNED] }), elsewhere);
    refuses("a VirtualService for all hosts", drafts.virtualService({ gateways, hosts: ["*"] }), elsewhere);
    admits(
      "a VirtualService for a foreign host",
      drafts.virtualService({ gateways, hosts: ["shop.example.org"] }),
    );
    admits("a VirtualService of the mesh", drafts.virtualService({ hosts: ["*"] }));
    refuses("the VirtualServer of nginx", drafts.virtualServer({ host: OWNED }), elsewhere);
    refuses("a VirtualServer without a host", drafts.virtualServer({}), all);
    admits("a VirtualServer for a foreign host", drafts.virtualServer({ host: "shop.example.org" }));
    refuses("the TransportServer of nginx", drafts.transportServer({ host: OWNED }), elsewhere);
    admits("a TransportServer for a foreign host", drafts.transportServer({ host: "shop.example.org" }));
    admits("a TransportServer with a port of its own", drafts.transportServer({ listener: { name: "dns" } }));
    refuses("Kong's TCPIngress", drafts.tcpIngress({ host: "shop.example.org" }, { host: OWNED }), elsewhere);
    admits("a TCPIngress for a foreign host", drafts.tcpIngress({ host: "shop.example.org" }));
    admits("a TCPIngress with a port of its own", drafts.tcpIngress({}));
    refuses("OpenShift's Route", drafts.openShiftRoute({ host: OWNED }), elsewhere);
    const below = { host: `x.${zone}`, wildcardPolicy: "Subdomain" };
    refuses("a Route for all below a host", drafts.openShiftRoute(below), elsewhere);
    admits("a Route for a foreign host", drafts.openShiftRoute({ host: "shop.example.org" }));
    admits("a Route for a host of the router's choice", drafts.openShiftRoute({}));
    for (const [what, draft] of drafts.withSnippets)
      refuses(`snippets in ${what}`, draft, /Snippets may not/);
  });

  describe("what was there before the policies", () => {
    let before: Editor;

    it("is admitted where an administrator has exempted the namespace", async () => {
      before = await Editor.of(cluster, "portcullis-exempted-test", { [admissionAnnotation]: unjudged });
      await eventually(async () => {
        assert.equal(await before.verdict(ingress({})), "admitted");
      });
      await before.apply(ingress({ host: OWNED }));
      for (const draft of [httpRoute({}), ingressRoute("PathPrefix(`/`)")])
        assert.equal(await before.verdict(draft), "admitted");
    });

    it("cannot be exempted by the roles edit and admin", async () => {
      const administrator = await Editor.of(cluster, editor.namespace, {}, "admin");
      for (const verb of ["annotate", "label"])
        for (const key of [admissionAnnotation, hostsAnnotation]) {
          const said = await outcome(administrator.run([verb, "namespace", editor.namespace, `${key}=off`]));
          assert.match(said, /forbidden/i, `${verb} ${key}`);
        }
    });

    it("may still change in its metadata and status, and be deleted, but not in its spec", async () => {
      await kubectl(cluster, ["annotate", "namespace", before.namespace, `${admissionAnnotation}-`]);
      await eventually(async () => {
        assert.notEqual(await before.verdict(ingress({ host: OWNED, path: "/x" })), "admitted");
      });
      await before.run(["label", "ingress", "draft", "team=a"]);
      await before.run(["annotate", "ingress", "draft", "note=kept"]);
      const patch = (value: object, ...more: string[]) =>
        ["patch", "ingress", "draft", "--type=merge", `--patch=${JSON.stringify(value)}`, ...more] as const;
      await before.run(patch({ metadata: { finalizers: ["example.com/kept"] } }));
      await before.run(patch({ metadata: { finalizers: null } }));
      const status = { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } };
      await kubectl(cluster, [...patch(status, "--subresource=status"), "--namespace", before.namespace]);
      const changed = patch({ spec: { ingressClassName: "other" } });
      assert.match(await outcome(before.run(changed)), /elsewhere/);
      await before.run(["delete", "ingress", "draft"]);
      await before.leave();
    });
  });

  it("has policies in which the API server finds nothing to warn of", async () => {
    const expression = "jsonpath={.items[*].status.typeChecking.expressionWarnings}";
    const warnings = await kubectl(cluster, ["get", "validatingadmissionpolicies", "--output", expression]);
    assert.equal(warnings, "");
  });
});
