import assert from "node:assert/strict";
import { mock } from "node:test";
import type { AdminApi } from "../../../cli/sessions/adminApi";
import { change, deactivate, endSessions } from "../../../cli/sessions/changes";
import type { Person } from "../../../cli/sessions/person";
import { Failure } from "../../../cli/shared/failure";

function person(id: string): Person {
  const session = { id: `s${id}`, authenticated_at: "", expires_at: "", identity: { id } };
  return { id, name: `${id}@example.com`, isActive: true, sessions: [session] } as unknown as Person;
}

/** An admin API that refuses one operation. */
function refusing(refused: string): AdminApi {
  const answer = (asked: string) =>
    asked === refused ? Promise.reject(new Failure("The identity server answers 500")) : Promise.resolve();
  return {
    endSessions: (id: string) => answer(`end ${id}`),
    setState: (id: string, state: string) => answer(`${state} ${id}`),
  } as unknown as AdminApi;
}

async function printed(run: () => Promise<unknown>): Promise<string> {
  const write = mock.method(process.stdout, "write", () => true);
  try {
    await assert.rejects(run(), Failure);
    return write.mock.calls.map(({ arguments: [text] }) => String(text)).join("");
  } finally {
    write.mock.restore();
  }
}

describe("deactivating people whom nobody admits", () => {
  it("judges nobody without an account at a login provider", () => {
    const accounts = [{ provider: "staff", subject: "1" }];
    const selected = deactivate.select(
      [
        { ...person("gone"), isAdmitted: false, accounts },
        { ...person("inactive"), isAdmitted: false, accounts, isActive: false },
        { ...person("admitted"), isAdmitted: true, accounts },
        { ...person("without"), isAdmitted: false, accounts: [] },
      ],
      {},
    );
    assert.deepEqual(
      selected.map(({ id }) => id),
      ["gone"],
    );
  });
});

describe("changes, one of which fails", () => {
  const people = ["1", "2", "3"].map(person);

  it("are printed as JSON up to the failure, within one person's changes too", async () => {
    const text = await printed(() => change(deactivate, people, refusing("end 2"), { json: true }));
    assert.deepEqual(JSON.parse(text), {
      dryRun: false,
      people: [
        { id: "1", name: "1@example.com", changes: ["deactivated", "1 session ended"] },
        { id: "2", name: "2@example.com", changes: ["deactivated"] },
      ],
    });
  });

  it("are printed line by line up to the failure", async () => {
    assert.equal(
      await printed(() => change(deactivate, people, refusing("end 2"), {})),
      "1@example.com: deactivated, 1 session ended\n2@example.com: deactivated\n",
    );
    const first = () => change(endSessions([]), people, refusing("end 1"), { json: true });
    assert.deepEqual(JSON.parse(await printed(first)), { dryRun: false, people: [] });
  });
});
