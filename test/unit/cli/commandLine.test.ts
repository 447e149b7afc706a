import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { completionScript } from "../../../cli/completion/scripts";
import { portcullis } from "../../../cli/main";
import { exitCodes } from "../../../cli/shared/failure";
import { runCommandLine } from "../../../cli/shared/commandLine";
import { gatewayOf } from "../../../cli/sessions/person";
import { withAddresses } from "../../../cli/shared/outputs";
import { targetOf } from "../../../cli/verify/target";
import packageJson from "../../../package.json";
import { ran as ranFrom } from "../commands";

const ran = (cwd: string, ...args: string[]) => ranFrom("cli/main.ts", args, { cwd });

describe("the command line", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-command-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("describes each command and each option", () => {
    const program = portcullis();
    const help = program.createHelp();
    const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => [...commands])];
    const silent = all.flatMap((command) => [
      ...(command.description() === "" ? [command.name()] : []),
      ...help
        .visibleOptions(command)
        .flatMap(({ flags, description }) => (description ? [] : [`${command.name()} ${flags}`])),
    ]);
    assert.ok(all.length > 10);
    assert.deepEqual(silent, []);
  });

  it("prints its version, from any folder", async () => {
    assert.equal((await ran(folder, "--version")).stdout.trim(), packageJson.version);
  });

  it("has an exit code of its own, and no stack trace, for a wrong command line", async () => {
    const wrong = await ran(folder, "verify", "--stak", "x");
    assert.equal(wrong.code, exitCodes.usage);
    assert.match(wrong.stderr, /Did you mean --stack/);
    assert.doesNotMatch(wrong.stderr, /^\s+at /m);
  });

  it("has another exit code where it could not do what was asked", async () => {
    const failed = await ran(folder, "google", "--stack", "none");
    assert.equal(failed.code, exitCodes.failed);
    assert.match(failed.stderr, /Pulumi\.none\.yaml cannot be read/);
    assert.doesNotMatch(failed.stderr, /^\s+at /m);
  });

  it("has a third exit code for a finding, with only the result on standard output", async () => {
    const rule = {
      kind: "Rule",
      metadata: { namespace: "shops", name: "shop" },
      spec: { match: { url: "https://shop.apps.example.com/<**>", methods: ["GET"] } },
    };
    await writeFile(join(folder, "rules.json"), JSON.stringify({ items: [rule] }));
    const args = ["--rules", "rules.json", "--json"];
    const refused = await ran(folder, "explain", "--url", "https://other.apps.example.com/", ...args);
    assert.equal(refused.code, exitCodes.found);
    assert.equal((JSON.parse(refused.stdout) as { decision: string }).decision, "no-rule");
  });

  it("refuses combinations without a meaning before it asks anything", async () => {
    const gateway = ["--outputs", "none", "--kubeconfig", "none"];
    for (const args of [
      ["sessions", "revoke", ...gateway],
      ["sessions", "revoke", "--not-admitted", "--email", "a@example.com", ...gateway],
      ["sessions", "restore", ...gateway],
      ["verify", "--stack", "one", "--outputs", "two"],
      ["verify"],
      ["explain", "--url", "https://a.example.com", "--rules", "none", "--kubeconfig", "none"],
    ])
      await assert.rejects(runCommandLine(portcullis(), args), { name: "UsageError" }, args.join(" "));
  });
});

describe("the completion", () => {
  const completed = async (...words: string[]) => {
    const script = completionScript(portcullis(), "bash");
    const line = words.map((word) => `'${word}'`).join(" ");
    const ask = `${script}COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _portcullis; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", ask]);
    return stdout.trim().split(" ");
  };

  it("knows commands, subcommands, options and values", async () => {
    assert.deepEqual(await completed("portcullis", "se"), ["sessions"]);
    assert.deepEqual(await completed("portcullis", "sessions", "re"), ["revoke", "restore", "relink"]);
    assert.deepEqual(await completed("portcullis", "sessions", "revoke", "--email", "x", "--not"), [
      "--not-admitted",
    ]);
    assert.deepEqual(await completed("portcullis", "completion", "z"), ["zsh"]);
  });

  it("quotes every description for fish", () => {
    const script = completionScript(portcullis(), "fish");
    for (const line of script.trim().split("\n"))
      assert.match(line, /^complete -c portcullis -n '[^']*' (-l|-f -a) [a-z-]+ -d '(?:[^'\\]|\\.)*'$/);
  });
});

describe("the outputs of another program", () => {
  const gateway = { domain: "apps.example.com", namespace: "access", tls: "external" };

  it("need only the three that the documentation names", () => {
    const services = { grafana: "https://grafana.apps.example.com" };
    const outputs = withAddresses({ gateway, services, admissions: { staff: { admit: "closed" } } });
    const { loginUi, identityServer, namespace, service } = targetOf(outputs);
    assert.deepEqual(
      { loginUi, identityServer, namespace, service },
      {
        loginUi: "https://auth.apps.example.com",
        identityServer: "https://auth-server.apps.example.com",
        namespace: "access",
        service: services.grafana,
      },
    );
    assert.equal(gatewayOf(outputs).namespace, "access");
  });

  it("stay as they are without a gateway", () => {
    assert.deepEqual(withAddresses({ urls: [] }), { urls: [] });
  });
});
