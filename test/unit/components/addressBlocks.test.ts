import assert from "node:assert/strict";
import { isBlock, isPartOf } from "../../../components/shared/addressBlocks";
import { peerFormProblems } from "../../../components/shared/peerProblems";

describe("a block of addresses", () => {
  it("is an address and a number of bits, and nothing after them", () => {
    for (const block of ["10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1/128"])
      assert.ok(isBlock(block), block);
    for (const block of [
      ...["10.0.0.0/8/8", "10.0.0.0/8/", "10.0.0.0/08", "0.0.0.0/00", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0"],
      ...["10.0.0/8", "2001:db8::/129", "fe80::1%eth0/64", "/8", ""],
    ])
      assert.ok(!isBlock(block), block);
  });

  it("may exclude a part of itself, but not itself, a wider block or one of the other IP family", () => {
    for (const [part, whole] of [
      ["10.1.0.0/16", "10.0.0.0/8"],
      ["10.1.0.0/16", "10.200.0.0/8"],
      ["10.0.0.0/8", "0.0.0.0/0"],
      ["2001:db8:1::/48", "2001:db8::/32"],
    ] as const)
      assert.ok(isPartOf(part, whole), part);
    for (const [part, whole] of [
      ["11.0.0.0/16", "10.0.0.0/8"],
      ["10.0.0.0/8", "10.0.0.0/8"],
      ["0.0.0.0/0", "10.0.0.0/8"],
      ["10.0.0.0/16", "::/0"],
      ["2001:db8::/32", "0.0.0.0/0"],
    ] as const)
      assert.ok(!isPartOf(part, whole), part);
  });
});

describe("a peer of a NetworkPolicy", () => {
  const ipBlock = { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] };

  it("is addresses or pods, not both, as the API server requires", () => {
    assert.deepEqual(peerFormProblems("from[0]", { ipBlock }), []);
    for (const selectors of [
      { podSelector: { matchLabels: { app: "a" } } },
      { namespaceSelector: {} },
      { podSelector: {}, namespaceSelector: {} },
    ])
      assert.deepEqual(
        peerFormProblems("from[0]", { ipBlock, ...selectors }).map(({ path, reason }) => [path, reason]),
        [["from[0]", "has addresses and selects pods too, which the API server refuses"]],
      );
  });

  it("excludes only parts of its block", () => {
    const except = ["10.1.0.0/16", "11.0.0.0/16", "10.0.0.0/8"];
    assert.deepEqual(
      peerFormProblems("from[0]", { ipBlock: { ...ipBlock, except } }),
      ["11.0.0.0/16", "10.0.0.0/8"].map((block, index) => ({
        path: `from[0].ipBlock.except[${index + 1}]`,
        value: JSON.stringify(block),
        reason: "is not a part of 10.0.0.0/8, from which it would be excluded",
        fix: "Write a smaller block within it, or leave it out.",
      })),
    );
  });
});
