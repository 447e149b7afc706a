import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveImages } from "../../../../components/shared/images";
import { upstreamVersionOf } from "../../../../dev/images/debian";
import { release } from "../../../../dev/images/names";
import { recipes } from "../../../../dev/images/recipes";
import { operatorImages } from "../../../../dev/operators";
import {
  CERT_MANAGER_VERSION,
  METRICS_SERVER_VERSION,
  PROMETHEUS_VERSIONS,
  moduleFolder,
} from "../../../../dev/node/binaries";
import { devConfig } from "../../stacks/configuration";

describe("the embedded node's images", () => {
  it("contain everything that the stack dev deploys, except Ory's login UI", () => {
    const built = recipes.map(({ name }) => name);
    assert.equal(devConfig()["release"], release);
    const { loginUi, ...deployed } = resolveImages(release).references;
    assert.deepEqual(
      Object.values(deployed).filter((name) => !built.includes(name)),
      [],
    );
    assert.ok(!built.includes(loginUi));
  });

  it("have one recipe per name", () => {
    assert.equal(new Set(recipes.map(({ name }) => name)).size, recipes.length);
  });
});

describe("the operators' images", () => {
  it("have one recipe per name, and none of the node's own images", () => {
    const built = recipes.map(({ name }) => name);
    const names = Object.values(operatorImages).flatMap((images) => images.map(({ name }) => name));
    assert.equal(new Set([...built, ...names]).size, built.length + names.length);
  });

  it("have the versions that are built", () => {
    for (const [program, module, version] of [
      ["cert-manager", "github.com/cert-manager/cert-manager", CERT_MANAGER_VERSION],
      [
        "prometheus-operator",
        "github.com/prometheus-operator/prometheus-operator",
        PROMETHEUS_VERSIONS.operator,
      ],
      ["metrics-server", "sigs.k8s.io/metrics-server", METRICS_SERVER_VERSION],
      ["alertmanager", "github.com/prometheus/alertmanager", PROMETHEUS_VERSIONS.alertmanager],
    ] as const) {
      const pinned = readFileSync(join(moduleFolder(program), "go.mod"), "utf8");
      assert.match(pinned, new RegExp(`\\b${module} ${version.replaceAll(".", "\\.")}\\b`));
    }
  });
});

describe("the version in a Debian package's file name", () => {
  for (const [file, version] of [
    ["nginx_1.22.1-9+deb12u11_amd64.deb", "1.22.1"],
    ["busybox_1%3a1.35.0-4+deb12u1+b1_amd64.deb", "1.35.0"],
    ["zlib1g_1%3a1.2.13.dfsg-1_amd64.deb", "1.2.13.dfsg"],
    ["ca-certificates_20230311_all.deb", "20230311"],
    ["example_1.0-rc-2_amd64.deb", "1.0-rc"],
  ] as const) {
    it(`is ${version} of ${file}`, () => {
      assert.equal(upstreamVersionOf(file), version);
    });
  }
});
