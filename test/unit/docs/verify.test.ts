import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { admissionExpectations } from "../../../cli/verify/admissionPolicies";
import { anonymousExpectations } from "../../../cli/verify/anonymous";
import { isolationExpectations, Probe } from "../../../cli/verify/isolation";
import { signInExpectations } from "../../../cli/verify/signedIn";
import { row } from "../../../cli/verify/table";
import { targetOf } from "../../../cli/verify/target";
import { checkout } from "../../../dev/checkout";

describe("docs/verify.md", () => {
  const page = readFileSync(join(checkout, "docs/verify.md"), "utf8");
  const shown = page.split("\n").filter((line) => /^[✓✗] /.test(line));
  const target = targetOf({
    loginUi: "http://auth.portcullis.localhost:8080",
    identityServer: "http://auth-server.portcullis.localhost:8080",
    namespace: "portcullis",
    replicas: 2,
    services: { vmagent: "http://vmagent.portcullis.localhost:8080" },
  });
  const nobody = () => assert.fail("nothing is asked");
  const cluster = { kubeconfig: "nowhere" };
  const probe = new Probe(cluster, target.namespace, target.service);
  const anonymous = anonymousExpectations(target, nobody);
  const signIn = signInExpectations(target, "stub", nobody);
  const all = [
    ...anonymous,
    ...signIn,
    ...isolationExpectations(probe),
    ...admissionExpectations(cluster, probe, target),
  ];

  it("shows the lines that are printed when every expectation holds", () => {
    assert.deepEqual(
      shown,
      all.map(({ when, expected }) => row({ when, expected, found: expected }, false)),
    );
    assert.match(page, new RegExp(`^${all.length} passed, 0 failed$`, "m"));
  });

  it("says how many lines there are without a provider", () => {
    assert.ok(
      page.includes(
        `there are ${anonymous.length} lines, with \`--kubeconfig\` ${all.length - signIn.length}.`,
      ),
    );
  });
});
