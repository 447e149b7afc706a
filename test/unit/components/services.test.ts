import assert from "node:assert/strict";
import fc from "fast-check";
import { authorizeUrl } from "../../../documents/rules/authorize";
import { queryEscape } from "../../../documents/rules/requiredClaims";
import { isLetThrough } from "../documents/listedPeople";

/** An ES module, which a CommonJS one can only load like this. */
const script = import("../../../components/scripts/services.mjs");

const email = fc
  .tuple(
    fc.stringMatching(/^[a-z.,+'"%$^()*_-]{1,4}$/),
    fc.constantFrom("a.example", "b.a.example", "a%example"),
  )
  .map((parts) => parts.join("@"));

const domains = fc.array(fc.constantFrom("a.example", "b.a.example"), { maxLength: 2 });

describe("the list of services", () => {
  it("has a service exactly for the users whom the proxy admits, whatever the lists contain", async () => {
    const { mayUse } = (await script).default;
    await fc.assert(
      fc.asyncProperty(
        fc.array(email, { maxLength: 3 }),
        domains,
        fc.oneof(email, fc.constantFrom("", "a.example", "x@a.example", "x@y@a.example", "x@ba.example")),
        async (emails, domains, asking) => {
          const url = authorizeUrl(
            emails.length + domains.length === 0 ? undefined : { emails, domains, groups: [] },
          );
          const access = Object.fromEntries(
            new URL(url).search
              .slice(1)
              .split("&")
              .map((part) => part.split("=") as [string, string]),
          );
          const visitor = { visitor_is_known: "1", visitor_email: queryEscape(asking) };
          const isListless = emails.length + domains.length === 0;
          const decided = isListless || (await isLetThrough({ emails, domains }, visitor));
          assert.equal(mayUse(access, queryEscape(asking)), decided);
        },
      ),
    );
  });
});
