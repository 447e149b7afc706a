import assert from "node:assert/strict";
import { workloadOf } from "../../../bench/footprint";

describe("the benchmark's footprint", () => {
  it("names workloads and containers, without the hashes that differ between replicas", () => {
    assert.equal(
      workloadOf("portcullis-proxy-80003b80-84645b77c7-fg2m5/session-check"),
      "proxy/session-check",
    );
    assert.equal(workloadOf("portcullis-login-ui-1e2976cc-7787c854f4-wqx67/login-ui"), "login-ui/login-ui");
    assert.equal(workloadOf("portcullis-postgres-0/postgres"), "postgres-0/postgres");
  });
});
