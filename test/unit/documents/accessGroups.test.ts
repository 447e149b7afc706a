import assert from "node:assert/strict";
import fc from "fast-check";
import { queryEscape } from "../../../documents/rules/requiredClaims";
import { isLetThrough } from "./listedPeople";

const person = (email: string) => ({ visitor_is_known: "1", visitor_email: queryEscape(email) });
const domain = fc.constantFrom<string>("a.example", "b.a.example", "xa.example", "a%example");
const email = fc
  .tuple(fc.stringMatching(/^[a-z.,+'"%$^()*_-]{1,6}$/), domain)
  .map((parts) => parts.join("@"));

describe("access to a service through groups", () => {
  const groupName = fc.constantFrom("sre", "sre-2", "a", "staff", "nobody-has-it");
  const group = fc.record({
    emails: fc.array(email, { maxLength: 3 }),
    domains: fc.array(domain, { maxLength: 1 }),
  });

  it("is granted to the members of the named groups and the listed addresses, and to nobody else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(groupName, { minLength: 1 }),
        fc.dictionary(groupName, group, { maxKeys: 12 }),
        fc.array(email, { maxLength: 2 }),
        email,
        async (groups, all, emails, asking) => {
          const lists = groups.map((name) => all[name]).filter((one) => one !== undefined);
          const isIn = (who: string) =>
            emails.includes(who) ||
            lists.some((one) => one.emails.includes(who) || one.domains.includes(who.split("@")[1] ?? ""));
          const asked = [asking, ...Object.values(all).flatMap((one) => one.emails)];
          for (const who of asked)
            assert.equal(
              await isLetThrough({ groups, ...(emails.length > 0 && { emails }) }, person(who), all),
              isIn(who),
              who,
            );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is granted to users whose claims put them in a named group by claims, and never to a program", async () => {
    const all = { sre: "claimed", ops: "claimed", listed: { emails: ["bob@a.example"] } } as const;
    const names = fc.constantFrom("sre", "ops", "listed", "gone");
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(names, { minLength: 1 }),
        fc.uniqueArray(fc.oneof(names, fc.constantFrom("s", "sr", "re", "e", "xsre", "x-ops", "sre-"))),
        async (groups, told) => {
          const visitor = {
            ...person("eve@a.example"),
            visitor_groups: told.map((name) => `${name}.`).join(""),
          };
          const isIn = groups.some(
            (name) => ["sre", "ops"].includes(name) && visitor.visitor_groups.split(".").includes(name),
          );
          assert.equal(await isLetThrough({ groups: groups }, visitor, all), isIn);
          const program = { ...visitor, visitor_email: "", visitor_has_token: "1", visitor_claims: "&" };
          assert.ok(!(await isLetThrough({ groups: groups }, program, all)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is granted to nobody by a group that is empty or that the gateway does not have", async () => {
    const empty = { sre: { emails: [], domains: [] } };
    for (const who of ["alice@example.com", ""]) {
      assert.ok(!(await isLetThrough({ groups: ["sre"] }, person(who))), who);
      assert.ok(!(await isLetThrough({ groups: ["sre"] }, person(who), empty)), who);
    }
    assert.ok(
      await isLetThrough({ groups: ["sre"], emails: ["alice@example.com"] }, person("alice@example.com")),
    );
  });

  it("does not confuse groups whose numbers share digits", async () => {
    const all = Object.fromEntries(
      Array.from({ length: 25 }, (_, at) => [`group-${at}`, { emails: [`person${at}@example.com`] }]),
    );
    for (const at of [0, 1, 2, 11, 12, 21])
      for (const asking of [0, 1, 2, 11, 12, 21])
        assert.equal(
          await isLetThrough({ groups: [`group-${at}`] }, person(`person${asking}@example.com`), all),
          at === asking,
          `${at} ${asking}`,
        );
  });
});
