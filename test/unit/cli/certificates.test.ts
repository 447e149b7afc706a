import assert from "node:assert/strict";
import { certificateItems } from "../../../cli/check/certificates";
import type { PlannedResource } from "../../../cli/check/preview";

const ingress = (host: string, annotations: object, isRemoved = false): PlannedResource => ({
  urn: "urn:pulumi:dev::p::kubernetes:networking.k8s.io/v1:Ingress::access-wildcard",
  type: "kubernetes:networking.k8s.io/v1:Ingress",
  inputs: { metadata: { namespace: "portcullis", annotations }, spec: { tls: [{ hosts: [host] }] } },
  isRemoved,
});
const acme = (...solvers: object[]) => ({ spec: { acme: { server: "https://acme.example", solvers } } });
const issuers: Readonly<Record<string, unknown>> = {
  http: acme({ http01: {} }),
  dns: acme({ http01: {} }, { dns01: {}, selector: { dnsZones: ["example.com"] } }),
  elsewhere: acme({ dns01: {}, selector: { dnsZones: ["example.org"] } }),
  named: acme({ dns01: {}, selector: { dnsNames: ["*.apps.example.com"] } }),
  ca: { spec: { ca: { secretName: "ca" } } },
};

describe("check of certificates for wildcards", () => {
  const lines = async (name: string, host = "*.apps.example.com", kind = "cluster-issuer", goes = false) => {
    const items = await certificateItems(
      [ingress(host, { [`cert-manager.io/${kind}`]: name }, goes)],
      (issuer) =>
        issuer.name in issuers
          ? Promise.resolve(issuers[issuer.name])
          : Promise.reject(new Error(`${issuer.namespace ?? "no"} namespace`)),
    );
    return items.map(({ level, message }) => `${level}: ${message}`);
  };

  it("warns where no solver of the issuer proves a wildcard", async () => {
    for (const name of ["http", "elsewhere"])
      assert.match(
        (await lines(name))[0] ?? "",
        new RegExp(`^warning: the ClusterIssuer ${name} has no DNS-01 solver for \\*\\.apps\\.example\\.com`),
      );
  });

  it("allows one that a solver proves, other issuers, single hosts and Ingresses that are removed", async () => {
    const quiet = [lines("dns"), lines("named"), lines("ca"), lines("http", "a.apps.example.com")];
    const gone = lines("http", "*.apps.example.com", "cluster-issuer", true);
    assert.deepEqual((await Promise.all([...quiet, gone])).flat(), []);
  });

  it("notes an issuer that cannot be read, for an Issuer in the Ingress' namespace", async () => {
    assert.deepEqual(await lines("none", "*.apps.example.com", "issuer"), [
      "note: the Issuer none was not looked at for *.apps.example.com: portcullis namespace",
    ]);
  });
});
