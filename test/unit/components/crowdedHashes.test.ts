import assert from "node:assert/strict";
import type { WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import { script, scriptOptions } from "../../routesScript";
import { writtenRules } from "../../writtenRules";

const options = scriptOptions();

async function leftOut(rules: readonly WrittenRule[]): Promise<string[]> {
  const built = (await script).default.build(rules, [], "v1", options, [], () => undefined);
  for (const id of Object.keys(built.leftOut))
    assert.match(String(built.leftOut[id]), /too many of one hash/);
  return Object.keys(built.leftOut);
}

/** Texts with the same hash: nginx' is `31 h + c`, and 31 × 98 + 95 is 31 × 97 + 126. */
function ofOneHash(count: number, [one, other]: readonly [string, string]): string[] {
  return Array.from({ length: count }, (_, number) =>
    Array.from({ length: 6 }, (_, bit) => ((number >> bit) & 1 ? one : other)).join(""),
  );
}

const labels = ofOneHash(64, ["c0", "an"]);

function ofNamespace(namespace: string, rules: readonly WrittenRule[]): WrittenRule[] {
  return rules.map((rule) => ({ ...rule, id: rule.id.replace(/\.[^.]*$/, `.${namespace}`) }));
}

function hostRules(namespace: string, names: readonly string[]): WrittenRule[] {
  return names.flatMap((name) =>
    ofNamespace(namespace, writtenRules(name, { host: `${name}.apps.example.com` })),
  );
}

describe("keys of nginx' maps", () => {
  it("leave out a rule whose list has too many entries of one hash", async () => {
    const entries = ofOneHash(64, ["b_", "a~"]).map((name) => `${name}@example.com`);
    const listing = (name: string, emails: readonly string[]) => writtenRules(name, { access: { emails } });
    const some = Array.from({ length: 3000 }, (_, number) => `person${number}@example.com`);
    assert.deepEqual(
      await leftOut([
        ...listing("crowded", entries),
        ...listing("few", entries.slice(0, 6)),
        ...listing("long", some),
      ]),
      ["crowded.team"],
    );
  });

  it("leave out the rules of a namespace whose hosts share one hash, and no other namespace's", async () => {
    const [other = ""] = labels;
    assert.deepEqual(
      (
        await leftOut([...hostRules("team-a", labels.slice(1)), ...hostRules("team-b", [other, "wiki"])])
      ).filter((id) => !id.endsWith(".team-a")),
      [],
    );
    assert.equal((await leftOut(hostRules("team-a", labels))).length, labels.length);
    assert.deepEqual(await leftOut(hostRules("team-a", labels.slice(0, 5))), []);
  });

  it("leave out a rule whose methods and hosts share one hash together, though its hosts alone do not", async () => {
    // The hosts differ in their hashes by as much as the methods A to L before them.
    const names =
      `pnjoghnujxtevafueeqdtbhllddr pbotgvikaqcflvkquicuucxfifag pkxqdoddvcwurdbiioxobkwknnym pihiyepcfugposipbmjltunqdbsz pviryecjvhzjbwjcawanlkupssko pcpxvkljhblcplvnniuawbkwktnh plytyswbcchfaqefarrgdpvbvyhq pwheriyoxjyqmwbdupynkylxiimr psenvthcbwzwylahyddpmhidakgv pxwuoljenwtyqentesrzmtnuthpj ptyfliagxwfbvfqqxwheqpvlgtso pufdppinquhczjbcvqkrikkpwnfh`.split(
        " ",
      );
    const hosts = names.map((name) => `${name}.apps.example.com`);
    const methods = Array.from("ABCDEFGHIJKL");
    const [rule] = writtenRules("crowded");
    assert.ok(rule);
    const url = `https://<{${hosts.join(",")}}>/<**>`;
    assert.deepEqual(await leftOut([{ ...rule, match: { methods, url } }]), ["crowded.team"]);
    assert.deepEqual(await leftOut([{ ...rule, match: { methods: ["A"], url } }]), []);
  });

  it("leave out none of a thousand ordinary services", async () => {
    const names = Array.from({ length: 1000 }, (_, number) => `service-${number}`);
    assert.deepEqual(await leftOut(hostRules("team-a", names)), []);
  });
});
