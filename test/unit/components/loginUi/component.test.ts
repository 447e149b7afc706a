import assert from "node:assert/strict";
import { LoginUi } from "../../../../components/loginUi";
import type { LoginUiChoice } from "../../../../components/loginUi/choice";
import { addressesOf } from "../../../../components/shared/addresses";
import { resolveImages } from "../../../../components/shared/images";
import { run } from "../../mocks";
import { ingressController } from "../programs";

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly envFrom?: readonly object[];
}

async function containerOf(ui: LoginUiChoice): Promise<Container> {
  const { made } = await run(
    () =>
      new LoginUi("login", {
        ...{ namespace: "access", images: resolveImages("v26.2"), replicas: 1, ui, tls: "off" },
        addresses: addressesOf("apps.example.com", "off"),
        route: { kind: "ingress", from: [ingressController] },
        ...{ identityService: "kratos", accessDeniedService: "door" },
      }),
  );
  const { spec } = made.one(":Deployment", "login").inputs as unknown as {
    spec: { template: { spec: { containers: readonly [Container] } } };
  };
  return spec.template.spec.containers[0];
}

describe("LoginUi", () => {
  it("runs its own pages on the plain image of Node, with no secret", async () => {
    const { image, command, env, envFrom } = await containerOf({ kind: "portcullis" });
    assert.equal(image, "docker.io/library/node:24.21.0-bookworm-slim");
    assert.deepEqual(command, ["node", "/etc/portcullis/main.mjs"]);
    assert.deepEqual([env, envFrom], [undefined, undefined]);
  });

  const ownImage = "registry.example.com/login:1";
  for (const [title, choice, wanted] of [
    ["Ory's", { kind: "oryReference" }, "docker.io/oryd/kratos-selfservice-ui-node:v26.2.0"],
    ["an image like Ory's", { image: ownImage }, ownImage],
  ] as const)
    it(`runs ${title}, with the environment variables that it needs`, async () => {
      const { image, command, env = [], envFrom = [] } = await containerOf(choice);
      assert.deepEqual([image, command, envFrom.length], [wanted, undefined, 1]);
      assert.deepEqual(
        env.map(({ name }) => name),
        ["PORT", "KRATOS_PUBLIC_URL", "KRATOS_BROWSER_URL", "CSRF_COOKIE_NAME"],
      );
    });
});
