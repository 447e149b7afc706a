import assert from "node:assert/strict";
import { digestProblems, imageProblems } from "../../../components/shared/imageReference";

describe("the reference of an image", () => {
  it("is refused without a version, with the same image in the example", () => {
    for (const [reference, name] of [
      ["kratos", "kratos"],
      ["registry.example.com:5000/login", "registry.example.com:5000/login"],
      ["registry.example.com/login:", "registry.example.com/login"],
      ["registry.example.com:5000/login:latest", "registry.example.com:5000/login"],
      ["registry.example.com/login:1@sha256:12", "registry.example.com/login"],
      ["", "registry.example.com/image"],
    ] as const) {
      const [problem] = imageProblems("image", reference);
      assert.equal(problem?.fix, `Write a tag or a digest, for example "${name}:1.2.3".`);
    }
  });

  it("is refused without a digest where one is required, with the same image in the fix", () => {
    const [problem] = digestProblems("image", "registry.example.com:5000/login:1.2.3");
    assert.equal(
      problem?.fix,
      'Write its digest, "registry.example.com:5000/login@sha256:" and 64 hexadecimal digits.',
    );
    assert.deepEqual(digestProblems("image", `login@sha256:${"0".repeat(64)}`), []);
  });
});
