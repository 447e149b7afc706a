import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findIpv6, listen } from "../../../documents/nginx/listen";

describe("the listeners of a pod", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-listen-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs the command where the kernel says what a file says, and returns what it has written. */
  const find = (addresses: string) => {
    const command = findIpv6([4455, 9000])
      .replaceAll("/tmp/", `${folder}/`)
      .replaceAll("/proc/net/if_inet6", addresses);
    execFileSync("sh", ["-euc", command]);
    return Object.fromEntries(
      readdirSync(folder)
        .filter((name) => name.endsWith(".conf"))
        .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
    );
  };

  it("are of both families where the kernel has IPv6", () => {
    const addresses = join(folder, "if_inet6");
    writeFileSync(addresses, "00000000000000000000000000000001 01 80 10 80       lo\n");
    assert.deepEqual(find(addresses), {
      "ipv6-4455.conf": "listen [::]:4455 backlog=1024;\n",
      "ipv6-9000.conf": "listen [::]:9000 backlog=1024;\n",
    });
    assert.match(listen(4455), /^listen 4455;\n {4}include \/tmp\/ipv6-4455\*\.conf;$/);
  });

  it("are IPv4's only where it has none, and after a restart without", () => {
    writeFileSync(join(folder, "ipv6-4455.conf"), "listen [::]:4455;\n");
    assert.deepEqual(find(join(folder, "absent")), {});
    const empty = join(folder, "if_inet6");
    writeFileSync(empty, "");
    assert.deepEqual(find(empty), {});
  });
});
