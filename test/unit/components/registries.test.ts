import assert from "node:assert/strict";
import { registryProblems } from "../../../components/shared/imageReference";

describe("a mirror of images", () => {
  for (const registry of [
    "mirror.example.com",
    "mirror.example.com:5000/docker_hub/a-b.c/d__e",
    "Mirror.Example.com",
    "localhost/mirror",
    "mirror:5000",
    "192.0.2.7:5000",
    "[2001:db8::7]:5000/mirror",
    "1234567.dkr.ecr.eu-central-1.amazonaws.com/mirror",
  ])
    it(`may be ${registry}`, () => {
      assert.deepEqual(registryProblems("images.registry", registry), []);
    });

  for (const [registry, meant] of [
    ["https://mirror.example.com", "mirror.example.com"],
    ["http://mirror.example.com:5000/a/", "mirror.example.com:5000/a"],
    ["mirror.example.com//", "mirror.example.com"],
    ["mirror.example.com//a", "registry.example.com/mirror"],
    ["mirror.example.com/A", "registry.example.com/mirror"],
    ["mirror", "registry.example.com/mirror"],
    ["mirror.example.com:port", "registry.example.com/mirror"],
    [" mirror.example.com", "registry.example.com/mirror"],
    ["mirror.example.com\n", "registry.example.com/mirror"],
    ["", "registry.example.com/mirror"],
  ] as const)
    it(`may not be ${JSON.stringify(registry)}, with which no image reference can begin`, () => {
      assert.deepEqual(registryProblems("images.registry", registry), [
        {
          path: "images.registry",
          value: JSON.stringify(registry),
          reason: "cannot be the beginning of an image reference",
          fix: `Write a host with a dot or a port, and a path if there is one, without scheme or slash at the end: for example "${meant}".`,
        },
      ]);
    });

  it("is reported without its password", () => {
    const [problem] = registryProblems("images.registry", "https://user:hunter2@mirror.example.com");
    assert.equal(problem?.value, "text with an @");
    assert.doesNotMatch(JSON.stringify(problem), /hunter2/);
  });
});
