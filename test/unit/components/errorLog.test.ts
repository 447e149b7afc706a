import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const script = join(__dirname, "..", "..", "..", "components", "scripts", "error-log.sh");

const failed = (request: string, upstream: string, referrer = "") =>
  `2026/11/29 08:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7, server: _, request: "${request}", upstream: "${upstream}", host: "app.example.com"${referrer}`;

const told = (upstream: string) =>
  `2026/11/29 08:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7, server: _${upstream}`;

async function passedOn(lines: readonly string[]): Promise<string[]> {
  const passing = spawn("sh", [script], { stdio: ["pipe", "pipe", "inherit"] });
  passing.stdin.end(lines.map((line) => `${line}\n`).join(""));
  return (await text(passing.stdout)).split("\n").slice(0, -1);
}

describe("the script that passes nginx' error log on", () => {
  it("leaves out what a client sent, and names the server that was asked", async () => {
    const secret = "code=s3cret";
    const lines = [
      "2026/11/29 08:00:00 [notice] 7#7: signal process started",
      failed(`GET /callback?${secret} HTTP/1.1`, `http://10.0.0.1:80/callback?${secret}`),
      failed(
        `GET /?${secret} HTTP/1.1`,
        `fastcgi://unix:/tmp/socket?${secret}`,
        `, referrer: "https://a/?${secret}"`,
      ),
      failed(`GET /", upstream: "http://b/?${secret} HTTP/1.1`, "grpcs://[fd00::1]:443"),
      `client sent invalid request while reading client request line, client: 10.0.0.7, request: "${secret}`,
    ];
    assert.deepEqual(await passedOn(lines), [
      lines[0],
      told(", upstream: http://10.0.0.1:80"),
      told(", upstream: fastcgi://unix:"),
      told(", upstream: grpcs://[fd00::1]:443"),
      "client sent invalid request while reading client request line, client: 10.0.0.7",
    ]);
  });

  it("passes each line on at once, and all 50,000 of a dead upstream", async () => {
    const passing = spawn("sh", [script], { stdio: ["pipe", "pipe", "inherit"] });
    passing.stdin.write("the first\n");
    const [first] = (await once(passing.stdout, "data")) as [Buffer];
    assert.equal(String(first), "the first\n");
    const line = failed(`GET /?${"q".repeat(900)} HTTP/1.1`, `http://10.0.0.1:80/?${"q".repeat(900)}`);
    passing.stdin.end(`${line}\n`.repeat(50_000));
    assert.equal((await text(passing.stdout)).split("\n").length, 50_001);
  });
});
