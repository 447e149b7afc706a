import assert from "node:assert/strict";
import { Failure } from "../../../cli/shared/failure";
import { currentContext } from "../../../cli/shared/kubeconfig";

const kubeconfig = `
current-context: staging
contexts:
  - { name: production, context: { cluster: far, user: me } }
  - { name: staging, context: { cluster: near, user: me } }
clusters:
  - { name: far, cluster: { server: "https://production.example.com" } }
  - { name: near, cluster: { server: "https://staging.example.com" } }
`;

describe("the kubeconfig that a person names", () => {
  it("is shown by the context and server that kubectl would use", () => {
    assert.deepEqual(currentContext(kubeconfig, "file"), {
      context: "staging",
      server: "https://staging.example.com",
    });
  });

  it("is refused without a current context, by its path", () => {
    const without = kubeconfig.replace("current-context: staging", "");
    assert.throws(
      () => currentContext(without, "/some/file"),
      (error) => error instanceof Failure && error.message.includes("/some/file"),
    );
  });

  it("is refused when the context leads nowhere", () => {
    const broken = kubeconfig.replace("cluster: near, user", "cluster: gone, user");
    assert.throws(() => currentContext(broken, "file"), /context staging names no known cluster/);
  });
});
