import assert from "node:assert/strict";
import { CommandError } from "../../../../cli/shared/exec";
import { diagnosticsOf, StackError } from "../../../../dev/plugins/stackError";

const output = `Updating (dev):
 +  kubernetes:core/v1:ConfigMap settings created
Diagnostics:
  kubernetes:apps/v1:Deployment (web):
    error: web is not ready: ErrImagePull

Outputs:
  domain: "example.com"

Resources:
    + 3 created
    1 errored

Duration: 4s
`;

describe("a failed run of the engine", () => {
  it("is reported with the engine's diagnostics, without what went well", () => {
    assert.equal(
      diagnosticsOf(output),
      "  kubernetes:apps/v1:Deployment (web):\n    error: web is not ready: ErrImagePull",
    );
  });

  it("is reported with its diagnostics even if nothing follows them", () => {
    assert.equal(diagnosticsOf("Diagnostics:\n  one\n  two\n"), "  one\n  two");
  });

  it("reports once what the program and the engine both say about a resource", () => {
    const report = "    error: The stack's configuration has 1 problem:\n      - portcullis:replicas: is 0\n";
    const twice = `Diagnostics:\n  pulumi:pulumi:Stack (dev):\n${report}${report}\n  a:b:C (d):\n${report}\nResources:\n`;
    assert.equal(
      diagnosticsOf(twice),
      `  pulumi:pulumi:Stack (dev):\n${report}  a:b:C (d):\n${report}`.trimEnd(),
    );
  });

  it("is reported with the errors of an engine that did not start", () => {
    assert.equal(
      diagnosticsOf("Updating (dev):\nerror: the stack is locked\n"),
      "error: the stack is locked",
    );
  });

  it("names the command and the stack, and keeps the whole output", () => {
    const error = new StackError("up", "dev", new CommandError("node", [], 1, output));
    assert.match(error.message, /^pulumi up failed on the stack dev:\n {2}kubernetes:apps/);
    assert.equal(error.output, output);
  });
});
