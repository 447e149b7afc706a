import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { configurationSizeProblems } from "../../../cli/check/configurationSize";
import { refusedPreview } from "../../../cli/check/preview";

describe("a stack's configuration", () => {
  const key = "portcullis:services";
  const withServices = (length: number) => ({
    "portcullis:domain": "apps.example.com",
    [key]: "x".repeat(length),
  });
  const bytes = (configuration: object) =>
    Buffer.byteLength(`PULUMI_CONFIG=${JSON.stringify(configuration)}`);

  /** Whether a program starts with a variable of this length. */
  const starts = (length: number) => {
    const { error } = spawnSync("true", { env: { PULUMI_CONFIG: JSON.stringify(withServices(length)) } });
    return error === undefined;
  };

  const most = 131_071 - bytes(withServices(0));

  it("is refused from the size at which no program starts", () => {
    assert.equal(starts(most), true);
    assert.deepEqual(configurationSizeProblems(withServices(most)), []);
    assert.equal(starts(most + 1), false);
    const [problem, ...others] = configurationSizeProblems(withServices(most + 1));
    assert.deepEqual(others, []);
    assert.equal(problem?.path, key);
    assert.equal(problem.value, "131072 bytes with all other settings");
  });

  it("is counted in bytes, as Go writes JSON", () => {
    assert.equal(configurationSizeProblems({ [key]: "é".repeat(70_000) }).length, 1);
    assert.equal(configurationSizeProblems({ [key]: "<".repeat(22_000) }).length, 1);
  });

  it("that is too long is a report's only error, without any value", () => {
    const { errors } = refusedPreview(configurationSizeProblems({ [key]: "hunter2".repeat(20_000) }));
    assert.equal(errors.length, 1);
    assert.match(
      errors[0] ?? "",
      /^portcullis:services: makes the configuration longer than the 131071 bytes/,
    );
    assert.doesNotMatch(errors[0] ?? "", /hunter2/);
  });
});
