import assert from "node:assert/strict";
import { Service } from "@pulumi/kubernetes/core/v1";
import { ComponentProblem } from "../../../components/shared/errors";
import { lateErrors, run, type Fields } from "../mocks";
import { service } from "./programs";

interface Port {
  readonly name: string;
  readonly port: number;
  readonly targetPort?: number | string;
}

const behind = (clusterIP: string | undefined, port: Port) => () => {
  const spec = { ...(clusterIP !== undefined && { clusterIP }), selector: { app: "shop" }, ports: [port] };
  const own = new Service("shop", { metadata: { namespace: "team" }, spec });
  service({ upstream: { service: own, port: "http" } });
};

async function made(clusterIP: string | undefined, port: Port) {
  const { made } = await run(behind(clusterIP, port));
  const rule = made.one(":Rule", "vmagent").inputs["spec"] as { upstream: Fields };
  const policy = made.one(":NetworkPolicy", "vmagent").inputs["spec"] as { ingress: { ports: Fields[] }[] };
  return { url: rule.upstream["url"], ports: policy.ingress[0]?.ports };
}

describe("a program's Service without a cluster IP", () => {
  it("is reached at the port of its pods, because nothing maps its own port", async () => {
    const port = { name: "http", port: 80, targetPort: 8080 };
    const ports = [{ port: 8080, protocol: "TCP" }];
    assert.deepEqual(await made("None", port), { url: "http://shop.team.svc:8080", ports });
    for (const clusterIP of [undefined, "10.96.0.7"])
      assert.deepEqual(await made(clusterIP, port), { url: "http://shop.team.svc:80", ports });
  });

  it("has pods at its own port when it names no targetPort, and the NetworkPolicy opens that port", async () => {
    const ports = [{ port: 8080, protocol: "TCP" }];
    for (const clusterIP of ["None", undefined])
      assert.deepEqual(await made(clusterIP, { name: "http", port: 8080 }), {
        url: "http://shop.team.svc:8080",
        ports,
      });
  });

  it("is refused with a named targetPort, whose number is not known", async () => {
    const port = { name: "http", port: 80, targetPort: "web" };
    const [error, ...others] = await lateErrors(behind("None", port));
    assert.ok(error instanceof ComponentProblem && others.length === 0);
    assert.deepEqual(error.problems, [
      {
        path: "args.upstream.service",
        value: 'a headless Service with the targetPort "web"',
        reason: "leads to the pods themselves, and the number of their port is not known",
        fix: "Write the number as targetPort of the Service, or give the Service a clusterIP.",
      },
    ]);
    const { url } = await made(undefined, port);
    assert.equal(url, "http://shop.team.svc:80");
  });
});
