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

  /** Runs the command with a file in place of the kernel's addresses, and returns what it has written. */
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

  it("use both address families where the kernel has IPv6", () => {
    const addresses = join(folder, "if_inet6");
    writeFileSync(addresses, "00000000000000000000000000000001 01 80 10 80       lo\n");
    assert.deepEqual(find(addresses), {
      "ipv6-4455.conf": "listen [::]:4455 backlog=1024;\n",
      "ipv6-9000.conf": "listen [::]:9000 backlog=1024;\n",
    });
    assert.match(listen(4455), /^listen 4455;\n {4}include \/tmp\/ipv6-4455\*\.conf;$/);
  });

  it("use only IPv4 where the kernel has no IPv6, also after a restart", () => {
    writeFileSync(join(folder, "ipv6-4455.conf"), "listen [::]:4455;\n");
    assert.deepEqual(find(join(folder, "absent")), {});
    const empty = join(folder, "if_inet6");
    writeFileSync(empty, "");
    assert.deepEqual(find(empty), {});
  });
});
