import assert from "node:assert/strict";
import { run, type Fields } from "../mocks";
import { gateway, ingressController } from "./programs";

const from = [ingressController] as const;
const wanted = { "cloud.google.com/backend-config": '{"default": "portcullis"}' };

describe("the Services of a gateway", () => {
  const annotated = async (serviceAnnotations?: typeof wanted) => {
    const { made } = await run(() =>
      gateway({ route: { kind: "ingress", from, ...(serviceAnnotations && { serviceAnnotations }) } }),
    );
    return made.ofType(":Service").map(({ name, inputs }) => {
      const { annotations } = inputs["metadata"] as { readonly annotations: Fields };
      return { name, annotations };
    });
  };
  const has = (annotations: Fields) => "cloud.google.com/backend-config" in annotations;

  it("are annotated only where routes lead to them", async () => {
    const services = await annotated(wanted);
    assert.deepEqual(
      services
        .filter(({ annotations }) => has(annotations))
        .map(({ name }) => name)
        .sort(),
      ["access-identity-front", "access-login-ui", "access-proxy", "access-proxy-door", "access-proxy-grpc"],
    );
    assert.ok(services.length > 5, "there are others");
  });

  it("keep their own annotation, and do not pass the added one to services", async () => {
    const services = await annotated(wanted);
    assert.ok(services.every(({ annotations }) => annotations["pulumi.com/skipAwait"] === "true"));
    const { result } = await run(() =>
      gateway({ route: { kind: "ingress", from, serviceAnnotations: wanted } }),
    );
    assert.ok(!JSON.stringify(result.ref.route).includes("backend-config"));
  });

  it("are refused with an invalid name of an annotation", async () => {
    const mistaken = { "a b": "c" } as unknown as typeof wanted;
    await assert.rejects(
      annotated(mistaken),
      /args\.route\.serviceAnnotations: is not the name of an annotation/,
    );
  });
});
