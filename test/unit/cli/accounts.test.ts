import assert from "node:assert/strict";
import { forget, forgetAllOf, relink } from "../../../cli/sessions/accounts";
import type { Plan } from "../../../cli/sessions/changes";
import { peopleOf, type Admissions } from "../../../cli/sessions/person";
import { Failure } from "../../../cli/shared/failure";

const issuer = "https://id.example.com";
const admissions: Admissions = { staff: { admit: "closed", issuer }, github: { admit: "closed" } };

function person(name: string, accounts: Readonly<Record<string, string | undefined>>) {
  const tokenOf = (iss: string) => `e30.${Buffer.from(JSON.stringify({ iss })).toString("base64url")}.-`;
  const providers = Object.entries(accounts).map(([provider, iss]) => ({
    ...{ provider, subject: "urn:1" },
    initial_id_token: iss === undefined ? "" : tokenOf(iss),
  }));
  const identifiers = providers.map(({ provider, subject }) => `${provider}:${subject}`);
  return {
    ...{ id: name, state: "active" as const, metadata_public: { email: `${name}@example.com` } },
    credentials: { oidc: { identifiers, config: { providers } } },
  };
}

const people = peopleOf(
  [
    person("alice", { old: issuer }),
    person("bob", { old: "https://elsewhere.example.com", staff: issuer }),
    person("carol", { old: undefined }),
    person("dave", { staff: issuer }),
  ],
  [],
  admissions,
);

const changes = (plan: Plan) =>
  plan.select(people, admissions).map(
    (one) =>
      `${one.name}: ${plan
        .changesOf(one)
        .map(({ done }) => done)
        .join()}`,
  );

describe("relinking", () => {
  it("takes accounts of one issuer where the first ID token names it, and those that have none", () => {
    const who = ["alice@example.com", "carol@example.com"];
    assert.deepEqual(changes(relink({ from: "old", to: "staff" }, who)), [
      "alice@example.com: old:urn:1 is staff:urn:1",
      "carol@example.com: old:urn:1 is staff:urn:1",
    ]);
  });

  it("is refused as a whole, and names everybody whose account is of another issuer", () => {
    assert.throws(
      () => changes(relink({ from: "old", to: "staff" }, [])),
      (error) =>
        error instanceof Failure &&
        error.message.includes("bob@example.com (https://elsewhere.example.com)") &&
        !error.message.includes("alice"),
    );
  });

  it("takes both of Google's spellings of its issuer", () => {
    const google: Admissions = { google: { admit: "closed", issuer: "https://accounts.google.com" } };
    const [of] = peopleOf([person("erin", { old: "accounts.google.com" })], [], google);
    const plan = relink({ from: "old", to: "google" }, []);
    assert.equal(plan.select(of ? [of] : [], google).length, 1);
  });

  it("goes from a login provider that the stack no longer has to one that it has", () => {
    assert.throws(() => changes(relink({ from: "staff", to: "github" }, [])), /has the login provider staff/);
    assert.throws(() => changes(relink({ from: "old", to: "stuff" }, [])), /has no login provider stuff/);
  });
});

describe("forgetting", () => {
  it("takes people by their addresses, all of which must exist", () => {
    assert.deepEqual(changes(forget(["bob@example.com"])), ["bob@example.com: forgotten"]);
    assert.throws(() => changes(forget(["zoe@example.com"])), /Nobody has the address zoe@example.com/);
  });

  it("takes everybody of a login provider, except people who have another one too", () => {
    assert.deepEqual(changes(forgetAllOf("old")), [
      "alice@example.com: forgotten",
      "carol@example.com: forgotten",
    ]);
  });

  it("is named in Kratos' log in both forms, and so is relinking", () => {
    const plans = [forget(["bob@example.com"]), forgetAllOf("old"), relink({ from: "old", to: "staff" }, [])];
    assert.deepEqual(
      plans.map(({ action }) => action),
      ["forget", "forget", "relink"],
    );
  });
});
