import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import { Pod } from "@pulumi/kubernetes/core/v1";
import assert from "node:assert/strict";
import { availability } from "../../../policy/policies/availability";
import { containerLimits } from "../../../policy/policies/containerLimits";
import { containerProbes } from "../../../policy/policies/containerProbes";
import { imagePinned } from "../../../policy/policies/imagePinned";
import { podSecurity } from "../../../policy/policies/podSecurity";
import { imageNames } from "../../../components/shared/images";
import { gateway } from "../components/programs";
import { changeOf, describePolicy } from "./cases";
import { judge, unknownText } from "./harness";
import { gatewayNamespace, joined, protectedStack, recording } from "./programs";

const pod = "spec.template.spec";
const [first, sidecar] = [`${pod}.containers[0]`, `${pod}.initContainers[1]`];
const jobContainer = "spec.jobTemplate.spec.template.spec.containers[0]";
const proxy = { stack: protectedStack, subject: "Deployment access-proxy" };
const cleanup = "CronJob access-identity-cleanup";
const job = { image: "migrate:1", resources: { requests: { cpu: "1m" }, limits: { memory: "1Mi" } } };

const volume = (reference?: string) => ({ name: "model", image: { ...(reference && { reference }) } });

describePolicy(imagePinned, {
  ...proxy,
  broken: [
    [`${first}.image`, "shop", /containers\[0\]\.image: has no tag \(found "shop"\)/],
    [`${first}.image`, "registry.example.com:5000/shop", /has no tag/],
    [`${first}.image`, "shop:latest", /has the tag "latest"/],
    [`${first}.image`, "shop@sha256:abc", /has a digest that is not/],
    [`${first}.image`, undefined, /has no tag/],
    [`${sidecar}.image`, "busybox", /initContainers\[1\]\.image: has no tag/],
    [
      `${pod}.volumes[0]`,
      volume("quay.io/x/model:latest"),
      /spec\.volumes\[0\]\.image\.reference: .*"latest"/,
    ],
    [`${pod}.volumes[0]`, volume(), /volumes\[0\]\.image\.reference: has no tag/],
  ],
  fine: [
    [`${first}.image`, "shop:latest-lts"],
    [`${first}.image`, `shop@sha256:${"0".repeat(64)}`],
    [`${pod}.volumes[0]`, volume("quay.io/x/model:1.2")],
  ],
  unknown: [`${first}.image`],
});

describe("image-pinned", () => {
  it("checks the pods of every workload", async () => {
    const open = changeOf(await protectedStack(), cleanup, `${jobContainer}.image`, "shop");
    assert.match(
      judge(imagePinned, open).violations.join(),
      /spec\.jobTemplate\.spec\.template\.spec\.containers\[0\]\.image: has no tag/,
    );
    const bare = recording(
      () => new Pod("bare", { spec: { containers: [{ name: "shop", image: "shop" }] } }),
    );
    assert.match(judge(imagePinned, await bare()).violations.join(), /spec\.containers\[0\]\.image: has no/);
  });

  it("reports what it can beside an image that is not known yet", async () => {
    const unknown = changeOf(await protectedStack(), proxy.subject, `${sidecar}.image`, unknownText);
    const open = changeOf(unknown, proxy.subject, `${first}.image`, "busybox");
    const verdict = judge(imagePinned, open);
    assert.equal(verdict.violations.length, 1);
    assert.equal(verdict.unknown, `${pod}.initContainers.1.image`);
  });

  it("asks for digests where the option says so", async () => {
    const options = { requireDigest: true };
    const digest = `sha256:${"0".repeat(64)}`;
    const override = Object.fromEntries(
      imageNames.map((name) => [name, `images.example.com/${name}@${digest}`]),
    );
    const stack = await recording(() =>
      gateway({ images: { override }, loginUi: { kind: "oryReference" } }),
    )();
    assert.deepEqual(judge(imagePinned, stack, { options }), { violations: [] });
    for (const image of ["shop:1.2.3", "shop:1.2.3@sha256:abc"]) {
      const { violations } = judge(imagePinned, changeOf(stack, proxy.subject, `${first}.image`, image), {
        options,
      });
      assert.equal(violations.length, 1);
      assert.match(violations[0] ?? "", /containers\[0\]\.image: has no digest/);
    }
    const mounted = changeOf(stack, proxy.subject, `${pod}.volumes[0]`, volume("model:1.2"));
    assert.match(judge(imagePinned, mounted, { options }).violations.join(), /reference: has no digest/);
    assert.ok(judge(imagePinned, await protectedStack(), { options }).violations.length > 5, "tags");
  });
});

describePolicy(containerProbes, {
  ...proxy,
  broken: [
    [`${first}.livenessProbe`, undefined, /containers\[0\]\.livenessProbe: is missing/],
    [`${first}.readinessProbe`, undefined, /containers\[0\]\.readinessProbe: is missing/],
    [`${sidecar}.livenessProbe`, undefined, /initContainers\[1\]\.livenessProbe: is missing/],
    [`${pod}.containers[1].readinessProbe`, undefined, /containers\[1\]\.readinessProbe: is missing/],
  ],
  fine: [[`${pod}.initContainers`, [job]]],
  unknown: [`${first}.ports`],
});

describe("container-probes", () => {
  it("asks for none in a job, which ends", async () => {
    const [container] = (await protectedStack()).filter(({ name }) => name === cleanup.split(" ")[1]);
    assert.ok(container && !JSON.stringify(container.props).includes("livenessProbe"));
    assert.deepEqual(judge(containerProbes, [container]), { violations: [] });
  });
});

describePolicy(containerLimits, {
  ...proxy,
  broken: [
    [`${first}.resources`, { limits: { memory: "1Gi" } }, /requests\.cpu: is missing/],
    [`${first}.resources.limits.memory`, undefined, /limits\.memory: is missing/],
    [
      `${sidecar}.resources`,
      { limits: { memory: "1Gi" } },
      /initContainers\[1\]\.resources\.requests\.cpu: is missing/,
    ],
  ],
  fine: [
    [`${first}.resources.requests.memory`, undefined],
    [`${first}.resources.requests.cpu`, undefined],
    // The API server copies limits to requests.
    [`${first}.resources`, { limits: { cpu: "1", memory: "1Gi" } }],
  ],
  unknown: [`${first}.resources`],
});

const profile = (type: string) => ({ type });

describePolicy(podSecurity, {
  ...proxy,
  circumstances: { options: { exemptNamespaces: ["kube-*"] } },
  broken: [
    [`${pod}.hostNetwork`, true, /hostNetwork: shares the node's/],
    [`${pod}.hostPID`, true, /hostPID/],
    [`${pod}.hostIPC`, true, /hostIPC/],
    [`${pod}.volumes[0]`, { name: "node", hostPath: { path: "/" } }, /volumes\[0\]: .*"hostPath"/],
    [`${pod}.securityContext.runAsNonRoot`, false, /spec\.securityContext\.runAsNonRoot: lets it run as/],
    [`${pod}.securityContext.runAsUser`, 0, /spec\.securityContext\.runAsUser: is root/],
    [`${pod}.securityContext.seccompProfile`, profile("Unconfined"), /spec\.securityContext\.seccompProfile/],
    [`${pod}.securityContext.sysctls`, [{ name: "kernel.msgmax", value: "1" }], /sysctls\[0\]: acts on/],
    [
      `${pod}.securityContext.windowsOptions`,
      { hostProcess: true },
      /windowsOptions\.hostProcess: runs on the node/,
    ],
    [
      "spec.template.metadata.annotations",
      { "container.apparmor.security.beta.kubernetes.io/oathkeeper": "unconfined" },
      /template\.metadata\.annotations\[.*\]: turns AppArmor off/,
    ],
    [`${first}.securityContext.privileged`, true, /privileged: gives the container control of the node/],
    [`${first}.securityContext.allowPrivilegeEscalation`, undefined, /allowPrivilegeEscalation/],
    [`${first}.securityContext.allowPrivilegeEscalation`, true, /found true/],
    [`${first}.securityContext.capabilities.drop`, ["NET_RAW"], /capabilities\.drop/],
    [`${first}.securityContext.capabilities.add`, ["SYS_ADMIN"], /capabilities\.add: .*SYS_ADMIN/],
    [`${first}.securityContext.runAsNonRoot`, false, /runAsNonRoot/],
    [`${first}.securityContext.runAsUser`, 0, /runAsUser: is root/],
    [`${first}.securityContext.seccompProfile`, profile("Unconfined"), /seccompProfile\.type.*"Unconfined"/],
    [`${first}.securityContext.appArmorProfile`, profile("Unconfined"), /appArmorProfile\.type/],
    [`${first}.securityContext.seLinuxOptions`, profile("spc_t"), /seLinuxOptions\.type: .*"spc_t"/],
    [`${first}.securityContext.seLinuxOptions`, { user: "system_u" }, /seLinuxOptions\.user/],
    [`${first}.securityContext.procMount`, "Unmasked", /procMount/],
    [`${first}.ports[0].hostPort`, 80, /ports\[0\]\.hostPort/],
    [`${first}.livenessProbe.httpGet.host`, "169.254.169.254", /livenessProbe\.httpGet\.host: lets the node/],
    [
      `${first}.lifecycle.postStart`,
      { tcpSocket: { host: "169.254.169.254", port: 80 } },
      /lifecycle\.postStart\.tcpSocket\.host/,
    ],
  ],
  fine: [
    [`${first}.securityContext.capabilities.add`, ["NET_BIND_SERVICE"]],
    [`${first}.securityContext.runAsUser`, 1],
    [`${first}.securityContext.seccompProfile`, { type: "Localhost", localhostProfile: "shop.json" }],
    [`${first}.securityContext.appArmorProfile`, profile("RuntimeDefault")],
    [`${first}.securityContext.seLinuxOptions`, profile("container_t")],
    [`${first}.securityContext.procMount`, "Default"],
    [`${first}.livenessProbe.httpGet.host`, ""],
    [`${pod}.volumes[0]`, { name: "data", persistentVolumeClaim: { claimName: "data" } }],
    [
      "spec.template.metadata.annotations",
      { "container.apparmor.security.beta.kubernetes.io/oathkeeper": "runtime/default" },
    ],
  ],
  unknown: [`${first}.securityContext`, "metadata.namespace"],
});

describe("pod-security-restricted", () => {
  it("ignores exempt namespaces", async () => {
    const open = changeOf(await protectedStack(), proxy.subject, `${pod}.hostNetwork`, true);
    const moved = changeOf(open, proxy.subject, "metadata.namespace", "kube-system");
    const violations = (exemptNamespaces: string[]) =>
      judge(podSecurity, moved, { options: { exemptNamespaces } }).violations.length;
    assert.equal(violations(["kube-*"]), 0);
    assert.equal(violations(["kube"]), 1);
  });
});

const production = { stack: "production" };

describePolicy(availability, {
  ...proxy,
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
  /** With one replica there is no PodDisruptionBudget either. */
  const single = recording(() => gateway({ replicas: 1 }));

  it("refuses a gateway with one replica of each part, in production only", async () => {
    assert.equal(judge(availability, await single(), production).violations.length, 6);
    assert.deepEqual(judge(availability, await single(), { stack: "dev" }), { violations: [] });
    const options = { stacks: ["dev"] };
    assert.equal(judge(availability, await single(), { stack: "dev", options }).violations.length, 6);
  });

  it("ignores what must never run twice, and what is exempt", async () => {
    const recreated = changeOf(await single(), proxy.subject, "spec.strategy", { type: "Recreate" });
    assert.equal(judge(availability, recreated, production).violations.length, 4);
    const options = { exempt: [`${gatewayNamespace}/*`] };
    assert.deepEqual(judge(availability, await single(), { ...production, options }), { violations: [] });
  });

  it("counts the minimum replicas of an autoscaler", async () => {
    const autoscaled = (minReplicas: number) =>
      joined(
        protectedStack,
        recording(
          () =>
            new HorizontalPodAutoscaler("proxy", {
              metadata: { namespace: gatewayNamespace },
              spec: {
                scaleTargetRef: { kind: "Deployment", name: "access-proxy" },
                minReplicas,
                maxReplicas: 9,
              },
            }),
        ),
      )();
    const one = changeOf(await autoscaled(2), proxy.subject, "spec.replicas", 1);
    assert.deepEqual(judge(availability, one, production), { violations: [] });
    assert.equal(judge(availability, await autoscaled(1), production).violations.length, 1);
  });
});
