import assert from "node:assert/strict";
import { patched, type Patch } from "../../../components/shared/patch";
import { refusedBy, run, type Fields } from "../mocks";
import { gateway } from "./programs";
import { pod } from "./podSpecs";

describe("a patch of a pod", () => {
  it("changes the named container, and keeps its other fields and the other containers", async () => {
    const patchOf = (patch?: Patch) => (patch ? { patches: { proxy: { template: { spec: patch } } } } : {});
    const specOf = async (patch?: Patch) => {
      const { made } = await run(() => gateway(patchOf(patch)));
      return pod(made, "access-proxy");
    };
    const limits = { memory: "3Gi" };
    const before = await specOf();
    const after = await specOf({ containers: [{ name: "nginx", resources: { limits } }] });
    const [own, others] = [
      after.containers.filter(({ name }) => name === "nginx"),
      after.containers.filter(({ name }) => name !== "nginx"),
    ];
    assert.deepEqual(
      others,
      before.containers.filter(({ name }) => name !== "nginx"),
    );
    const [nginx] = before.containers.filter(({ name }) => name === "nginx");
    assert.ok(nginx);
    const { resources } = nginx;
    assert.notEqual(resources.limits["memory"], limits.memory);
    assert.deepEqual(own, [
      { ...nginx, resources: { ...resources, limits: { ...resources.limits, ...limits } } },
    ]);
  });

  it("adds what does not exist yet, and replaces a list whose entries have no names", () => {
    const written = {
      containers: [
        { name: "a", env: [{ name: "X", value: "1" }], volumeMounts: [{ mountPath: "/a", name: "a" }] },
      ],
      tolerations: [{ key: "one" }],
    };
    const patch = {
      containers: [
        {
          name: "a",
          env: [{ name: "Y", value: "2" }],
          volumeMounts: [{ mountPath: "/a", readOnly: true }],
        },
        { name: "b", image: "b", command: null },
      ],
      tolerations: [{ key: "two" }],
    };
    assert.deepEqual(patched(written, patch), {
      containers: [
        {
          name: "a",
          env: [
            { name: "X", value: "1" },
            { name: "Y", value: "2" },
          ],
          volumeMounts: [{ mountPath: "/a", name: "a", readOnly: true }],
        },
        { name: "b", image: "b" },
      ],
      tolerations: [{ key: "two" }],
    });
  });

  it("of every part and a part's own change the same container", async () => {
    const env = (name: string) => ({ containers: [{ name: "nginx", env: [{ name, value: "1" }] }] });
    const patches = { everyPod: env("EVERY"), proxy: { template: { spec: env("OWN") } } };
    const { made } = await run(() => gateway({ patches }));
    const [nginx] = pod(made, "access-proxy").containers.filter(({ name }) => name === "nginx");
    const names = JSON.stringify(nginx).match(/"(?:EVERY|OWN)"/g);
    assert.deepEqual(names, ['"EVERY"', '"OWN"']);
  });
});

describe("a patch of the operator's Cluster", () => {
  it("changes its spec", async () => {
    const database = { kind: "cloudNativePg", backup: "off" } as const;
    const postgresCluster = { affinity: { nodeSelector: { disk: "fast" } }, bootstrap: { initdb: null } };
    const everyPod = { tolerations: [{ operator: "Exists" }] };
    const { made } = await run(() => gateway({ database, patches: { everyPod, postgresCluster } }));
    const { spec } = made.one(":Cluster", "access-postgres").inputs as { spec: Fields };
    assert.deepEqual(
      [spec["affinity"], spec["bootstrap"], spec["template"]],
      [
        {
          podAntiAffinityType: "preferred",
          topologyKey: "kubernetes.io/hostname",
          nodeSelector: { disk: "fast" },
        },
        {},
        undefined,
      ],
    );
  });

  it("is refused for another database, and so is a patch of postgres for CloudNativePG", async () => {
    const pathsOf = async (kind: "inCluster" | "cloudNativePg") => {
      const database = kind === "inCluster" ? ({ kind } as const) : ({ kind, backup: "off" } as const);
      const patches = { postgresCluster: { metadata: { annotations: { token: "s3cret" } } }, postgres: {} };
      const { problems } = await refusedBy(() => gateway({ database, patches }));
      assert.doesNotMatch(JSON.stringify(problems), /s3cret/);
      return problems.map(({ path }) => path);
    };
    assert.deepEqual(await pathsOf("inCluster"), ["args.patches.postgresCluster"]);
    assert.deepEqual(await pathsOf("cloudNativePg"), ["args.patches.postgres"]);
  });
});
