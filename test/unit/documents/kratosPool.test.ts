import assert from "node:assert/strict";
import { sharedPool } from "../../../documents/kratos/dsn";

describe("Kratos' share of the database", () => {
  it("is as much as a server uses, until there are too many servers for that", () => {
    assert.deepEqual(
      [1, 2, 3, 4, 10].map((servers) => sharedPool(servers).maxConnections),
      [16, 16, 16, 14, 7],
    );
  });

  it("leaves room for a rolling update, a job and other users of a PostgreSQL with its default limit", () => {
    for (let servers = 1; servers <= 40; servers += 1)
      assert.ok((sharedPool(servers).maxConnections ?? 16) * (servers + 2) <= 100 - 13, `${servers} servers`);
  });
});
