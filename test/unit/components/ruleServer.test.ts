import assert from "node:assert/strict";
import { generated, run, type Fields, type Json } from "../mocks";
import { gateway } from "./programs";

interface Container {
  readonly name: string;
  readonly env?: { readonly name: string; readonly value?: string; readonly valueFrom?: Fields }[];
  readonly volumeMounts: { readonly name: string; readonly mountPath: string }[];
}

describe("the server of rules", () => {
  it("requires a password, which only its own Secret contains and only fetch-rules receives", async () => {
    const { made } = await run(() => gateway());
    const password = generated("access-rules-password");
    const credentials = Buffer.from(`fetch-rules:${password}`).toString("base64");
    const { stringData } = made.one(":Secret", "access-rules").inputs as { stringData: Fields };
    assert.deepEqual(stringData, { credentials, users: `fetch-rules:{PLAIN}${password}\n` });

    const pod = (deployment: string) =>
      (made.one(":Deployment", deployment).inputs["spec"] as { template: { spec: Record<string, Json[]> } })
        .template.spec;
    const fetching = (pod("access-proxy")["initContainers"] as unknown as Container[]).filter(
      ({ env = [] }) => JSON.stringify(env).includes("access-rules"),
    );
    assert.deepEqual(
      fetching.map(({ name, env = [] }) => [name, env.slice(0, 2)]),
      [
        [
          "fetch-rules",
          [
            { name: "RULES_URL", value: "http://access-rules.portcullis.svc:8081" },
            {
              name: "RULES_CREDENTIALS",
              valueFrom: { secretKeyRef: { name: "access-rules", key: "credentials" } },
            },
          ],
        ],
      ],
    );
    const { containers = [], volumes = [] } = pod("access-rules");
    const mounting = (containers as unknown as Container[]).filter(({ volumeMounts }) =>
      volumeMounts.some(({ name }) => name === "users"),
    );
    assert.deepEqual(
      mounting.map(({ name }) => name),
      ["publish"],
    );
    const config = made.one(":ConfigMap", "access-rules").inputs["data"] as Record<string, string>;
    assert.match(config["publish.conf"] ?? "", /auth_basic_user_file \/etc\/rule-server\/users;/);
    const mounted = (volumes as Fields[]).find(({ name }) => name === "users");
    const items = [{ key: "users", path: "users" }];
    assert.deepEqual(mounted?.["secret"], { secretName: "access-rules", items });
  });
});
