import assert from "node:assert/strict";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { fixtureService } from "../../dev/fixtures/manifests";
import { DEVELOPMENT_ZONE as zone } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { hostsAnnotation } from "../../documents/admission/hosts";
import { testCluster } from "../cluster/run";
import { Editor, Inquiry, outcome, type Draft } from "./editor";

const { namespace: ROLLED, name: DEPLOYMENT } = fixtureService("echo");
const ADDRESS = "10.250.200.1";

const selector = { app: "grafana" };
const ports = [{ name: "http", port: 80, protocol: "TCP" }];

function service(spec: object, annotations: Readonly<Record<string, string>> = {}) {
  return { apiVersion: "v1", kind: "Service", metadata: { annotations }, spec: { ports, ...spec } };
}

const externalName = {
  apiVersion: "v1",
  kind: "Service",
  spec: { type: "ExternalName", externalName: "portcullis-rules.portcullis.svc.cluster.local" },
};
const slice = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { labels: { "kubernetes.io/service-name": "grafana" } },
  addressType: "IPv4",
  ports,
  endpoints: [{ addresses: [ADDRESS] }],
};
const endpoints = {
  apiVersion: "v1",
  kind: "Endpoints",
  subsets: [{ addresses: [{ ip: ADDRESS }], ports }],
};

describe("the admission policies for upstreams", () => {
  let cluster: DevCluster;
  let owner: Editor;
  let other: Editor;
  const asked = { owner: new Inquiry(), other: new Inquiry() };

  before(async () => {
    cluster = await testCluster();
    await new DevStack(cluster, progress()).up();
    owner = await Editor.of(cluster, "portcullis-owner-test", { [hostsAnnotation]: `grafana.${zone}` });
    other = await Editor.of(cluster, "portcullis-other-test");
    // The API server takes a moment to read new policies.
    await eventually(async () => {
      assert.match(await owner.verdict(externalName), /ExternalName/);
    });
    await asked.owner.ask(owner);
    await asked.other.ask(other);
  });

  after(async () => {
    await owner.leave();
    await other.leave();
  });

  const refuses = (what: string, draft: Draft, reason: RegExp, whose: keyof typeof asked = "owner") => {
    const verdict = asked[whose].about(draft);
    it(`refuse ${what}`, () => {
      assert.match(verdict(), reason);
    });
  };
  const admits = (what: string, draft: Draft, whose: keyof typeof asked = "owner") => {
    const verdict = asked[whose].about(draft);
    it(`admit ${what}`, () => {
      assert.equal(verdict(), "admitted");
    });
  };

  describe("in a namespace that owns hosts", () => {
    refuses("a Service of type ExternalName", externalName, /ExternalName/);
    refuses("an ExternalName with a selector", service({ ...externalName.spec, selector }), /ExternalName/);
    refuses("a Service without a selector", service({}), /without a selector/);
    refuses("a Service with an empty selector", service({ selector: {} }), /without a selector/);
    refuses("a headless one without a selector", service({ clusterIP: "None" }), /without a selector/);
    admits("a Service that selects pods", service({ selector }));
    admits("a headless one", service({ selector, clusterIP: "None" }));
    for (const type of ["NodePort", "LoadBalancer"])
      admits(
        `one of type ${type}: who exposes its own pods takes no visitor's session`,
        service({ selector, type }),
      );
    refuses("an EndpointSlice by hand", slice, /only Kubernetes' controllers/);
    refuses("Endpoints by hand", endpoints, /only Kubernetes' controllers/);

    it("refuse a patch of a Service that selects pods to an ExternalName", async () => {
      await owner.apply({ ...service({ selector }), metadata: { name: "grafana" } });
      const patch = {
        spec: { ...externalName.spec, selector: null, ports: null, clusterIP: null, clusterIPs: null },
      };
      const args = ["patch", "service", "grafana", "--type=merge", `--patch=${JSON.stringify(patch)}`];
      assert.match(await outcome(owner.run(args)), /ExternalName/);
    });

    it("refuse an edit of a slice that the controller made", async () => {
      const own = ["--selector", "kubernetes.io/service-name=grafana"];
      const find = ["get", "endpointslices", ...own, "--output=jsonpath={.items[0].metadata.name}"];
      const name = await eventually(async () => {
        const found = await owner.run(find);
        assert.notEqual(found, "");
        return found;
      });
      const edit = (patch: object) =>
        outcome(
          owner.run(["patch", "endpointslice", name, "--type=merge", `--patch=${JSON.stringify(patch)}`]),
        );
      assert.match(await edit({ endpoints: [{ addresses: [ADDRESS] }] }), /only Kubernetes' controllers/);
      const taken = { "kubernetes.io/service-name": "other" };
      assert.match(await edit({ metadata: { labels: taken } }), /only Kubernetes' controllers/);
      assert.equal(await edit({ metadata: { annotations: { note: "kept" } } }), "admitted");
    });
  });

  describe("elsewhere", () => {
    admits("a Service of type ExternalName", externalName, "other");
    admits("a Service without a selector", service({}), "other");
    admits("an EndpointSlice by hand", slice, "other");
    const taking = /traffic meant for other addresses/;
    refuses(
      "an address that may be another's",
      service({ selector, externalIPs: [ADDRESS] }),
      taking,
      "other",
    );
    for (const [name, value] of [
      ["haproxy.org/route-acl", "always_true } or { always_true"],
      ["haproxy.org/backend-config-snippet", "http-request deny"],
      ["haproxy-ingress.github.io/config-backend", "http-request deny"],
      ["getambassador.io/config", "kind: Mapping"],
    ] as const)
      refuses(
        `an annotation that ingress controllers read as their own language: ${name}`,
        service({ selector }, { [name]: value }),
        /own configuration/,
        "other",
      );
    admits("another annotation", service({ selector }, { "haproxy.org/check": "true" }), "other");

    it("refuse such an annotation on an existing Service, and allow others", async () => {
      await other.apply({ ...service({ selector }), metadata: { name: "app" } });
      const annotate = (text: string) => outcome(other.run(["annotate", "service", "app", text]));
      assert.match(await annotate("haproxy.org/route-acl=always_true"), /own configuration/);
      assert.equal(await annotate("example.org/note=kept"), "admitted");
    });
  });

  it("refuse an ExternalName where the namespace owns no host, but has an upstream of the gateway's own Rules", async () => {
    const create = [
      "create",
      "service",
      "externalname",
      "elsewhere",
      "--external-name=elsewhere.example.org",
    ];
    const args = [...create, "--namespace", "monitoring", "--dry-run=server"];
    assert.match(await outcome(kubectl(cluster, args)), /ExternalName/);
  });

  it("let the controllers follow a rollout in a namespace that owns hosts", async () => {
    const annotate = (value: string) =>
      kubectl(cluster, ["annotate", "--overwrite", "namespace", ROLLED, `${hostsAnnotation}${value}`]);
    const addresses = () =>
      kubectl(cluster, [
        ...["get", "endpointslices", "--namespace", ROLLED],
        ...["--selector", `kubernetes.io/service-name=${DEPLOYMENT}`],
        "--output=jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}",
      ]);
    await annotate(`=echo.${zone}`);
    try {
      const before = await addresses();
      const deployment = [`deployment/${DEPLOYMENT}`, "--namespace", ROLLED];
      await kubectl(cluster, ["rollout", "restart", ...deployment]);
      await kubectl(cluster, ["rollout", "status", ...deployment, "--timeout=300s"]);
      await eventually(async () => {
        const now = await addresses();
        assert.match(now, /^[0-9.]+$/);
        assert.notEqual(now, before);
      });
    } finally {
      await annotate("-");
    }
  });
});
