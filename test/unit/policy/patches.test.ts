import { CustomResourcePatch } from "@pulumi/kubernetes/apiextensions";
import {
  DaemonSetPatch,
  DeploymentList,
  DeploymentPatch,
  StatefulSetPatch,
} from "@pulumi/kubernetes/apps/v1";
import { CronJobPatch, JobPatch } from "@pulumi/kubernetes/batch/v1";
import { ConfigMapPatch, PodPatch, SecretPatch, ServiceList, ServicePatch } from "@pulumi/kubernetes/core/v1";
import { IngressPatch } from "@pulumi/kubernetes/networking/v1";
import { ConfigGroup } from "@pulumi/kubernetes/yaml";
import assert from "node:assert/strict";
import type { PackPolicy } from "../../../policy/lib/policy";
import { adminServices } from "../../../policy/policies/adminServices";
import { availability } from "../../../policy/policies/availability";
import { containerLimits } from "../../../policy/policies/containerLimits";
import { containerProbes } from "../../../policy/policies/containerProbes";
import { databaseTls } from "../../../policy/policies/databaseTls";
import { imagePinned } from "../../../policy/policies/imagePinned";
import { noDevMode } from "../../../policy/policies/noDevMode";
import { noPlainSecrets } from "../../../policy/policies/noPlainSecrets";
import { podSecurity } from "../../../policy/policies/podSecurity";
import { routesToProxy } from "../../../policy/policies/routesToProxy";
import { ruleAuthenticators } from "../../../policy/policies/ruleAuthenticators";
import { ruleMutators } from "../../../policy/policies/ruleMutators";
import { rulePattern } from "../../../policy/policies/rulePattern";
import { rulePublicPaths } from "../../../policy/policies/rulePublicPaths";
import { secureCookies } from "../../../policy/policies/secureCookies";
import { policies } from "../../../policy/registry";
import { run } from "../mocks";
import { asKnown, judge } from "./harness";
import { gatewayNamespace, joined, protectedStack, recording } from "./programs";

const namespace = gatewayNamespace;
const metadata = { name: "somebody-elses", namespace };
const production = { stack: "production" };
const template = (container: object) => ({
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "a", ...container }] },
});
const workload = (container: object) => ({ metadata, spec: { template: template(container) } });
const cronJob = (container: object) => ({
  metadata,
  spec: { jobTemplate: { spec: { template: template(container) } } },
});
const rulePatch = (spec: object) =>
  new CustomResourcePatch("patch", {
    apiVersion: "oathkeeper.ory.sh/v1alpha1",
    kind: "Rule",
    metadata,
    spec,
  });
const latest = { image: "shop:latest" };
const backend = { service: { name: "shop", port: { number: 80 } } };

/** Patches that each write one thing which the policy refuses, and its path. */
const patches: readonly (readonly [PackPolicy, () => unknown, at: string])[] = [
  [
    routesToProxy,
    () => new IngressPatch("patch", { metadata, spec: { defaultBackend: backend } }),
    "spec.defaultBackend",
  ],
  [
    routesToProxy,
    () =>
      new CustomResourcePatch("patch", {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata,
        spec: { rules: [{ backendRefs: [{ name: "shop", port: 80 }] }] },
      }),
    "spec.rules[0].backendRefs[0]",
  ],
  [rulePattern, () => rulePatch({ match: { url: "https://<**>/" } }), "spec.match.url"],
  [ruleAuthenticators, () => rulePatch({ authenticators: [] }), "spec.authenticators"],
  [ruleMutators, () => rulePatch({ mutators: [{ handler: "noop" }] }), "spec.mutators"],
  [
    rulePublicPaths,
    () => rulePatch({ authenticators: [{ handler: "noop" }] }),
    "spec.authenticators[0].handler",
  ],
  [
    noPlainSecrets,
    () => new ConfigMapPatch("patch", { metadata, data: { "app.password": "hunter2" } }),
    'data["app.password"]',
  ],
  [
    noDevMode,
    () => new ConfigMapPatch("patch", { metadata, data: { "kratos.json": '{"selfservice":{},"dev":true}' } }),
    'data["kratos.json"].dev',
  ],
  [
    secureCookies,
    () => new ConfigMapPatch("patch", { metadata, data: { COOKIES_SECURE: "false" } }),
    'data["COOKIES_SECURE"]',
  ],
  [
    databaseTls,
    () => new SecretPatch("patch", { metadata, stringData: { dsn: "postgres://a:b@db.example.com/a" } }),
    'stringData["dsn"]',
  ],
  [
    podSecurity,
    () => new DeploymentPatch("patch", { metadata, spec: { template: { spec: { hostNetwork: true } } } }),
    "spec.template.spec.hostNetwork",
  ],
  [
    podSecurity,
    () =>
      new DeploymentPatch("patch", {
        metadata,
        spec: { template: { spec: { securityContext: { runAsNonRoot: false } } } },
      }),
    "spec.template.spec.securityContext.runAsNonRoot",
  ],
  [
    containerLimits,
    () => new DeploymentPatch("patch", workload({ resources: { limits: { cpu: "1" }, requests: {} } })),
    // Only a merge with the existing object shows whether something is missing.
    "",
  ],
  [containerProbes, () => new DeploymentPatch("patch", workload({ ports: [{ containerPort: 1 }] })), ""],
  [availability, () => new DeploymentPatch("patch", { metadata, spec: { replicas: 1 } }), "spec.replicas"],
  [
    imagePinned,
    () => new DeploymentPatch("patch", workload(latest)),
    "spec.template.spec.containers[0].image",
  ],
  [
    imagePinned,
    () => new StatefulSetPatch("patch", workload(latest)),
    "spec.template.spec.containers[0].image",
  ],
  [
    imagePinned,
    () => new DaemonSetPatch("patch", workload(latest)),
    "spec.template.spec.containers[0].image",
  ],
  [imagePinned, () => new JobPatch("patch", workload(latest)), "spec.template.spec.containers[0].image"],
  [
    imagePinned,
    () => new CronJobPatch("patch", cronJob(latest)),
    "spec.jobTemplate.spec.template.spec.containers[0].image",
  ],
  [
    imagePinned,
    () => new PodPatch("patch", { metadata, spec: template(latest).spec }),
    "spec.containers[0].image",
  ],
];

describe("a patch", () => {
  for (const [policy, patch, at] of patches)
    it(`${at === "" ? "is not blamed for what it leaves out" : `is refused for ${at}`}: ${policy.name}`, async () => {
      const resources = await recording(patch)();
      assert.equal(resources.length, 1);
      assert.ok(resources[0]?.type.endsWith("Patch"), resources[0]?.type);
      const { violations } = judge(policy, resources, production);
      assert.equal(violations.length, at === "" ? 0 : 1, violations.join("\n"));
      assert.ok(at === "" || violations[0]?.startsWith(`patch: ${at}: `), violations[0]);
    });

  it("that only adds a label is accepted", async () => {
    const labels = { team: "a" };
    const bare = recording(() => {
      for (const Patch of [
        IngressPatch,
        DeploymentPatch,
        StatefulSetPatch,
        DaemonSetPatch,
        JobPatch,
        CronJobPatch,
        PodPatch,
        ConfigMapPatch,
        SecretPatch,
        ServicePatch,
      ])
        new Patch(Patch.name, { metadata: { ...metadata, labels } });
      new DeploymentPatch("labels", workload({}));
      rulePatch({});
    });
    for (const policy of policies)
      assert.deepEqual(judge(policy, await joined(protectedStack, bare)(), production), { violations: [] });
  });

  it("is judged together with the object that the stack makes", async () => {
    const admin = { name: "access-identity-admin", namespace };
    const opened = recording(
      () => new ServicePatch("patch", { metadata: admin, spec: { type: "NodePort" } }),
    );
    const { violations } = judge(adminServices, await joined(protectedStack, opened)());
    assert.equal(violations.length, 1);
    assert.match(violations[0] ?? "", /^patch: spec\.type: opens an admin API/);
    assert.deepEqual(judge(adminServices, await opened()), { violations: [] }, "ports that nobody knows");
  });

  it("in the state is what the program wrote, not what the cluster has", async () => {
    const [patch] = await recording(
      () => new DeploymentPatch("patch", { metadata, spec: { paused: false } }),
    )();
    assert.ok(patch);
    const spec = { replicas: 1, template: template({}) };
    const answered = { ...patch, props: { ...patch.props, spec, __inputs: patch.props } };
    assert.deepEqual(judge(availability, [answered], production), { violations: [] });
    assert.ok(
      judge(availability, [{ ...answered, props: { ...patch.props, spec } }], production).violations.length,
    );
  });

  it("of a NetworkPolicy does not count as one that isolates pods", async () => {
    const stack = (await protectedStack()).map((resource) =>
      resource.type.endsWith(":NetworkPolicy") ? { ...resource, type: `${resource.type}Patch` } : resource,
    );
    assert.ok(judge(adminServices, stack).violations.length > 0);
  });
});

describe("objects of a list", () => {
  it("are judged one by one, each with its place", async () => {
    const spec = { type: "NodePort", ports: [{ port: 4434 }], selector: { app: "a" } };
    const services = await recording(
      () =>
        new ServiceList("list", {
          items: [
            { metadata, spec: { ports: [] } },
            { metadata, spec },
          ],
        }),
    )();
    const { violations } = judge(adminServices, services);
    assert.match(violations.join("\n"), /^list: items\[1\]\.spec\.type: opens an admin API/m);
    const deployments = await recording(
      () =>
        new DeploymentList("list", {
          items: [{ metadata, spec: { selector: {}, template: template(latest) } }],
        }),
    )();
    assert.match(
      judge(imagePinned, deployments).violations.join(),
      /^list: items\[0\]\.spec\.template\.spec\.containers\[0\]\.image: /,
    );
  });
});

describe("objects of a YAML file", () => {
  it("are judged as if the program had written them", async () => {
    const ingress = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: { defaultBackend: backend },
    };
    const { made } = await run(() => new ConfigGroup("group", { objs: [ingress] }), {}, {});
    const { violations } = judge(routesToProxy, made.all.map(asKnown));
    assert.match(violations.join(), /spec\.defaultBackend: bypasses the login for every host/);
  });
});
