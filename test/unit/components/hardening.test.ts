import assert from "node:assert/strict";
import { resolveImages } from "../../../components/shared/images";
import { createDemoUpstream } from "../../../stacks/demoUpstream";
import { run, type Fields, type Recorded } from "../mocks";
import { service, staff } from "./programs";

interface Probed {
  readonly livenessProbe?: Fields;
  readonly readinessProbe?: Fields;
}

interface Container extends Probed {
  readonly name: string;
  readonly command?: readonly string[];
  readonly ports?: Fields[];
  readonly restartPolicy?: string;
  readonly resources?: Fields;
  readonly securityContext?: Fields;
  readonly volumeMounts?: { readonly name: string }[];
}

interface Pod {
  readonly restartPolicy?: string;
  readonly containers: Container[];
  readonly initContainers?: Container[];
  readonly volumes?: {
    readonly name: string;
    readonly projected?: { sources: Fields[] };
    readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
  }[];
  readonly securityContext?: Fields;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: Pod;
}

interface Workload {
  readonly id: string;
  readonly kind: "Deployment" | "StatefulSet" | "Job" | "CronJob";
  readonly labels: Record<string, string>;
  readonly spec: {
    readonly replicas?: number;
    readonly revisionHistoryLimit?: number;
    readonly selector?: { readonly matchLabels: Record<string, string> };
    readonly strategy?: { readonly type: string; readonly rollingUpdate?: Fields };
  };
  readonly template: Template;
}

function workloads(made: Recorded): Workload[] {
  return (["Deployment", "StatefulSet", "Job", "CronJob"] as const).flatMap((kind) =>
    made.ofType(`:${kind}`).map(({ name, inputs }) => {
      const { metadata, spec } = inputs as unknown as {
        metadata: Template["metadata"];
        spec: Workload["spec"] & { template: Template; jobTemplate: { spec: { template: Template } } };
      };
      const template = kind === "CronJob" ? spec.jobTemplate.spec.template : spec.template;
      return { id: `${kind} ${name}`, kind, labels: metadata.labels, spec, template };
    }),
  );
}

function containers({ initContainers = [], containers }: Pod): Container[] {
  return [...initContainers, ...containers];
}

describe("every workload of a gateway with mail, named identities, leavers and service accounts, and of the demo upstream", () => {
  let all: Workload[];
  let made: Recorded;

  before(async () => {
    ({ made } = await run(() => {
      const identities = [{ subject: "1", email: "alice@example.com" }];
      service(
        {},
        {
          leavers: {},
          smtp: { uri: "smtps://mail.example.com:465", from: "login@example.com" },
          serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
          loginProviders: [staff({ admit: "closed", identities })],
        },
      );
      createDemoUpstream(resolveImages("v26.2"));
    }));
    all = workloads(made);
  });

  it("is one of these, with this rollout strategy", () => {
    const takeover = all.map(({ id, spec }) => [id, spec.strategy?.type ?? "none"]);
    assert.deepEqual(Object.fromEntries(takeover), {
      "Deployment access-identity": "RollingUpdate",
      "Deployment access-identity-courier": "Recreate",
      "Deployment access-login-ui": "RollingUpdate",
      "Deployment access-proxy": "RollingUpdate",
      "Deployment access-rules": "Recreate",
      "Deployment access-service-account-keys": "RollingUpdate",
      "Deployment vmagent": "Recreate",
      "Deployment victoria-metrics": "Recreate",
      "StatefulSet access-postgres": "none",
      "Job access-identity-migrate": "none",
      "Job access-identity-names": "none",
      "CronJob access-identity-cleanup": "none",
      "CronJob access-identity-leavers": "none",
      "CronJob access-postgres-backup": "none",
      "CronJob access-postgres-restore": "none",
    });
    for (const { id, spec } of all.filter(({ spec }) => spec.strategy?.type === "RollingUpdate"))
      assert.equal(spec.strategy?.rollingUpdate?.["maxUnavailable"], 0, id);
    for (const { id, spec } of all.filter(({ spec }) => spec.strategy?.type === "Recreate"))
      assert.equal(spec.replicas, 1, id);
  });

  it("runs as a user other than root, under the runtime's seccomp profile", () => {
    for (const { id, template } of all) {
      const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile } = template.spec.securityContext ?? {};
      assert.ok(Number(runAsUser) > 0 && Number(runAsGroup) > 0, id);
      assert.deepEqual({ runAsNonRoot, seccompProfile }, hardenedPod, id);
    }
  });

  it("has containers without privileges and with a read-only root file system", () => {
    forEachContainer((id, container) => {
      assert.deepEqual(container.securityContext, hardenedContainer, id);
    });
  });

  it("has requests and limits for CPU, memory and disk", () => {
    forEachContainer((id, { resources }) => {
      for (const bound of ["requests", "limits"])
        assert.deepEqual(
          Object.keys(resources?.[bound] ?? {}).sort(),
          ["cpu", "ephemeral-storage", "memory"],
          `${id} ${bound}`,
        );
    });
    for (const { id, template } of all)
      for (const { emptyDir, name } of template.spec.volumes ?? []) {
        if (!emptyDir) continue;
        const { medium, sizeLimit } = emptyDir;
        assert.ok(sizeLimit !== undefined || medium === "Memory", `${id} ${name}`);
      }
  });

  it("listens on a pod's IPv6 addresses at each port that nginx has there", () => {
    const found: string[] = [];
    forEachContainer((id, { command = [], ports = [] }) => {
      const starts = command.join(" ");
      if (!/exec nginx\b/.test(starts)) return;
      const [, both = ""] = /for port in ([\d ]+);/.exec(starts) ?? [];
      found.push(id);
      for (const { containerPort } of ports)
        assert.ok(both.split(" ").map(Number).includes(Number(containerPort)), id);
    });
    assert.equal(found.length, 5, found.join());
  });

  it("keeps the pod of each try of a Job, with its log", () => {
    const policies = all
      .filter(({ kind }) => kind.endsWith("Job"))
      .map(({ id, template }) => `${id} ${template.spec.restartPolicy ?? "none"}`);
    assert.ok(policies.length >= 6, policies.join());
    assert.deepEqual(
      policies.filter((policy) => !policy.endsWith(" Never")),
      [],
    );
  });

  it("is restarted when it hangs, and gets no requests before it is ready", () => {
    for (const { id, kind, template } of all.filter(({ kind }) => !kind.endsWith("Job"))) {
      const { initContainers = [], containers } = template.spec;
      const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
      const tasks = initContainers.filter((container) => !sidecars.includes(container));
      assert.deepEqual(
        tasks.map(({ name }) => name),
        id === "Deployment access-proxy" ? ["name-servers"] : [],
        `${id}: every other container runs on`,
      );
      for (const container of [...sidecars, ...containers]) {
        assert.ok(container.livenessProbe, `${kind} ${id} ${container.name} has a liveness probe`);
        if (container.ports)
          assert.ok(container.readinessProbe, `${id} ${container.name} has a readiness probe`);
      }
    }
  });

  it("has no service account token, except in the containers that call the API server", () => {
    for (const { id, template } of all) assert.equal(template.spec.automountServiceAccountToken, false, id);
    const holders = all.flatMap(({ template: { spec } }) => {
      const tokens = (spec.volumes ?? []).filter((volume) =>
        volume.projected?.sources.some((source) => "serviceAccountToken" in source),
      );
      return tokens.flatMap((token) =>
        containers(spec)
          .filter(({ volumeMounts = [] }) => volumeMounts.some((mount) => mount.name === token.name))
          .map(({ name }) => name),
      );
    });
    assert.deepEqual(holders.sort(), ["fetch", "list-live", "maester"]);
  });

  it("has no environment variables of Services, which Kratos would read as configuration", () => {
    for (const { id, template } of all) assert.equal(template.spec.enableServiceLinks, false, id);
  });

  it("is found by its labels, which its pods carry too", () => {
    for (const { id, kind, labels, spec, template } of all) {
      assert.deepEqual(template.metadata.labels, labels, id);
      if (kind.endsWith("Job")) continue;
      const selector = Object.entries(spec.selector?.matchLabels ?? {});
      assert.ok(selector.length > 0, id);
      for (const [key, value] of selector) assert.equal(labels[key], value, `${id} ${key}`);
    }
    const roles = all.map(({ labels }) => labels["app.kubernetes.io/component"]).filter(Boolean);
    assert.equal(new Set(roles).size, roles.length, "no selector takes another's pods");
  });

  it("has immutable files and secrets, so that a change of them rolls it out", () => {
    const given = [...made.ofType(":ConfigMap"), ...made.ofType("core/v1:Secret")];
    assert.ok(given.length > 10);
    for (const { name, inputs } of given) assert.equal(inputs["immutable"], true, name);
  });

  it("keeps few old revisions", () => {
    for (const { id, kind, spec } of all)
      if (!kind.endsWith("Job")) assert.equal(spec.revisionHistoryLimit, 3, id);
  });

  function forEachContainer(check: (id: string, container: Container) => void): void {
    for (const { id, template } of all)
      for (const container of containers(template.spec)) check(`${id} ${container.name}`, container);
  }
});

const hardenedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const hardenedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};
