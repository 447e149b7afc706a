import assert from "node:assert/strict";
import { availability } from "../../../policy/policies/availability";
import { containerLimits } from "../../../policy/policies/containerLimits";
import { containerProbes } from "../../../policy/policies/containerProbes";
import { imagePinned } from "../../../policy/policies/imagePinned";
import { podSecurity } from "../../../policy/policies/podSecurity";
import { describePolicy } from "./cases";
import { budget, cronJob, deployment } from "./fixtures";
import { change, judge, unknownText, type Resource } from "./harness";

const pod = "spec.template.spec";
const [first, second] = [`${pod}.containers[0]`, `${pod}.containers[1]`];

describePolicy(imagePinned, {
  subject: deployment,
  broken: [
    [`${first}.image`, "shop", /containers\[0\]\.image: has no tag \(found "shop"\)/],
    [`${first}.image`, "registry.example.com:5000/shop", /has no tag/],
    [`${first}.image`, "shop:latest", /has the tag "latest"/],
    [`${first}.image`, "shop@sha256:abc", /has a digest that is not/],
    [`${first}.image`, undefined, /has no tag/],
    [`${second}.image`, "busybox", /containers\[1\]\.image: has no tag/],
    [`${pod}.initContainers`, [{ image: "busybox" }], /initContainers\[0\]\.image: has no tag/],
  ],
  fine: [[`${first}.image`, "shop:latest-lts"]],
  unknown: [`${first}.image`],
});

describe("image-pinned", () => {
  it("looks into the pods of every workload", () => {
    const path = "spec.jobTemplate.spec.template.spec.containers[0].image";
    assert.match(
      judge(imagePinned, [change(cronJob, path, "shop")]).violations.join(),
      /spec\.jobTemplate\.spec\.template\.spec\.containers\[0\]\.image: has no tag/,
    );
    const bare: Resource = {
      type: "kubernetes:core/v1:Pod",
      name: "bare",
      props: { spec: { containers: [{ image: "shop" }] } },
    };
    assert.match(judge(imagePinned, [bare]).violations.join(), /spec\.containers\[0\]\.image: has no tag/);
  });

  it("tells what it can beside an image that is not known yet", () => {
    const unknown = change(deployment, `${first}.image`, unknownText);
    const verdict = judge(imagePinned, [change(unknown, `${second}.image`, "busybox")]);
    assert.equal(verdict.violations.length, 1);
    assert.equal(verdict.unknown, `${pod}.containers.0.image`);
  });
});

describePolicy(containerProbes, {
  subject: deployment,
  broken: [
    [`${first}.livenessProbe`, undefined, /containers\[0\]\.livenessProbe: is missing/],
    [`${first}.readinessProbe`, undefined, /containers\[0\]\.readinessProbe: is missing/],
    [`${second}.livenessProbe`, undefined, /containers\[1\]\.livenessProbe: is missing/],
    [`${second}.ports`, [{ containerPort: 1 }], /containers\[1\]\.readinessProbe: is missing/],
    [`${pod}.initContainers`, [{ restartPolicy: "Always" }], /initContainers\[0\]\.livenessProbe/],
  ],
  fine: [[`${pod}.initContainers`, [{ image: "migrate:1" }]]],
  unknown: [`${first}.ports`],
});

describe("container-probes", () => {
  it("asks none of a job, which ends", () => {
    const path = "spec.jobTemplate.spec.template.spec.containers[0].livenessProbe";
    assert.deepEqual(judge(containerProbes, [change(cronJob, path, undefined)]), { violations: [] });
  });
});

describePolicy(containerLimits, {
  subject: deployment,
  broken: [
    [`${first}.resources.requests.cpu`, undefined, /requests\.cpu: is missing/],
    [`${first}.resources.limits.memory`, undefined, /limits\.memory: is missing/],
    [`${second}.resources.requests`, undefined, /containers\[1\]\.resources\.requests\.cpu: is missing/],
  ],
  fine: [[`${first}.resources.requests.memory`, undefined]],
  unknown: [`${first}.resources`],
});

describePolicy(podSecurity, {
  subject: deployment,
  circumstances: { options: { exemptNamespaces: ["kube-*"] } },
  broken: [
    [`${pod}.hostNetwork`, true, /hostNetwork: shares the node's/],
    [`${pod}.hostPID`, true, /hostPID/],
    [`${pod}.hostIPC`, true, /hostIPC/],
    [`${pod}.volumes[0]`, { name: "node", hostPath: { path: "/" } }, /volumes\[0\]: .*"hostPath"/],
    [`${first}.securityContext.privileged`, true, /privileged: owns the node/],
    [`${first}.securityContext.allowPrivilegeEscalation`, undefined, /allowPrivilegeEscalation/],
    [`${first}.securityContext.allowPrivilegeEscalation`, true, /found true/],
    [`${first}.securityContext.capabilities.drop`, ["NET_RAW"], /capabilities\.drop/],
    [`${first}.securityContext.capabilities.add`, ["SYS_ADMIN"], /capabilities\.add: .*SYS_ADMIN/],
    [`${first}.securityContext.runAsNonRoot`, false, /runAsNonRoot/],
    [`${first}.securityContext.runAsUser`, 0, /runAsUser: is root/],
    [`${first}.securityContext.seccompProfile`, { type: "Unconfined" }, /seccompProfile\.type.*"Unconfined"/],
    [`${first}.ports[0].hostPort`, 80, /ports\[0\]\.hostPort/],
  ],
  fine: [
    [`${first}.securityContext.capabilities.add`, ["NET_BIND_SERVICE"]],
    [`${first}.securityContext.runAsUser`, 1],
    [`${first}.securityContext.seccompProfile`, { type: "Localhost", localhostProfile: "shop.json" }],
    [`${pod}.volumes[0]`, { name: "data", persistentVolumeClaim: { claimName: "data" } }],
  ],
  unknown: [`${first}.securityContext`, "metadata.namespace"],
});

describe("pod-security-restricted", () => {
  it("leaves namespaces alone that are exempt", () => {
    const open = change(change(deployment, `${pod}.hostNetwork`, true), "metadata.namespace", "kube-system");
    const violations = (exemptNamespaces: string[]) =>
      judge(podSecurity, [open], { options: { exemptNamespaces } }).violations.length;
    assert.equal(violations(["kube-*"]), 0);
    assert.equal(violations(["kube"]), 1);
  });
});

const production = { stack: "production" };

describePolicy(availability, {
  subject: deployment,
  beside: [budget],
  circumstances: production,
  broken: [
    ["spec.replicas", 1, /spec\.replicas: is not enough for production \(found 1\)/],
    ["spec.replicas", undefined, /found 1/],
    ["spec.template.metadata.labels", { app: "other" }, /selected by no PodDisruptionBudget/],
    ["metadata.namespace", "other", /selected by no PodDisruptionBudget/],
  ],
  fine: [["spec.replicas", 3]],
  unknown: ["spec.replicas"],
});

describe("availability", () => {
  const alone = change(deployment, "spec.replicas", 1);

  it("asks nothing of other stacks, and the stacks are an option", () => {
    assert.deepEqual(judge(availability, [alone], { stack: "dev" }), { violations: [] });
    assert.equal(
      judge(availability, [alone], { stack: "dev", options: { stacks: ["dev"] } }).violations.length,
      2,
    );
  });

  it("asks nothing of what must never run twice, or is exempt", () => {
    const recreated = change(alone, "spec.strategy", { type: "Recreate" });
    assert.deepEqual(judge(availability, [recreated], production), { violations: [] });
    const options = { exempt: ["shops/*"] };
    assert.deepEqual(judge(availability, [alone], { ...production, options }), { violations: [] });
  });

  it("counts the fewest replicas that an autoscaler leaves", () => {
    const autoscaler = (minReplicas: number): Resource => ({
      type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
      name: "shop",
      props: {
        metadata: { namespace: "shops" },
        spec: { scaleTargetRef: { kind: "Deployment", name: "shop" }, minReplicas, maxReplicas: 9 },
      },
    });
    assert.deepEqual(judge(availability, [alone, budget, autoscaler(2)], production), { violations: [] });
    assert.equal(judge(availability, [deployment, budget, autoscaler(1)], production).violations.length, 1);
  });
});
