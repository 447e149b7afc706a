import { existsSync, readFileSync } from "node:fs";
import { mkdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces, totalmem } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { coerce, gte } from "semver";
import { cacheRoot } from "../cache";
import { checkout } from "../checkout";
import { run } from "../../cli/shared/exec";
import { Failure } from "../../cli/shared/failure";
import { debianPackages as imagePackages } from "../images";
import type { Instance } from "../instances";
import type { Progress } from "../../cli/shared/progress";

const APT = "/usr/bin/apt-get";
const GIB = 1024 ** 3;
const NEEDED_MEMORY = 3 * GIB;
/** For sources, build cache, binaries, images and one running node. */
const NEEDED_DISK = 20 * GIB;
const NEEDED_DISK_WARM = 2 * GIB;
/** The version that the newest of the binaries' modules requires. */
const OLDEST_GO = "1.26.5";

const nodePackages = [
  "ca-certificates",
  "conntrack",
  "containernetworking-plugins",
  "iproute2",
  "ipset",
  "iptables",
  "nftables",
  "openssl",
  "runc",
  "util-linux",
];

/**
 * Checks everything that the embedded node needs before anything is started, and installs missing Debian packages.
 *
 * @throws {Failure} that names every missing prerequisite and what to do about it.
 */
export async function requirePrerequisites(
  instance: Instance,
  options: { warm: boolean; yes: boolean; progress: Progress },
): Promise<void> {
  const problems = [
    ...rootProblems(),
    ...kernelProblems(),
    ...memoryProblems(),
    ...(await diskProblems(options.warm ? NEEDED_DISK_WARM : NEEDED_DISK)),
    ...(await portProblems(instance)),
    ...networkProblems(instance),
    ...(await goProblems()),
  ];
  const missing = problems.length === 0 ? await missingPackages([...nodePackages, ...imagePackages]) : [];
  if (missing.length > 0 && !existsSync(APT)) problems.push(uninstallable(missing));
  if (problems.length > 0) {
    throw new Failure(
      [
        "The embedded node cannot start on this machine:",
        ...problems.map((problem) => `  - ${problem}`),
      ].join("\n"),
    );
  }
  if (missing.length > 0) await installPackages(missing, options);
}

/**
 * Installs the missing ones of some Debian packages.
 *
 * @throws {Failure} if that is impossible, or the user declines
 */
export async function requirePackages(
  packages: readonly string[],
  options: { yes: boolean; progress: Progress },
): Promise<void> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  if (!existsSync(APT)) throw new Failure(uninstallable(missing));
  await installPackages(missing, options);
}

function uninstallable(missing: readonly string[]): string {
  return `These Debian packages' programs are missing: ${missing.join(", ")}. Install them.`;
}

function rootProblems(): string[] {
  return process.getuid?.() === 0
    ? []
    : [
        "It needs root (namespaces, mounts, a network interface). Run the command with sudo, or start Docker for k3d.",
      ];
}

function kernelProblems(): string[] {
  if (process.platform !== "linux")
    return [`It needs Linux, and this is ${process.platform}. Start Docker for k3d.`];
  const problems: string[] = [];
  if (!readFileSync("/proc/filesystems", "utf8").includes("overlay")) {
    problems.push("The kernel has no overlay file system. Load it: modprobe overlay.");
  }
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers") && !existsSync("/sys/fs/cgroup/memory")) {
    problems.push("No control groups are mounted at /sys/fs/cgroup.");
  }
  if (!existsSync("/proc/sys/net/bridge")) {
    problems.push(
      "The kernel does not filter bridged traffic, so NetworkPolicies would not hold. modprobe br_netfilter.",
    );
  }
  return problems;
}

function memoryProblems(): string[] {
  return totalmem() >= NEEDED_MEMORY
    ? []
    : [`It needs ${gib(NEEDED_MEMORY)} of memory; there is ${gib(totalmem())}.`];
}

async function diskProblems(needed: number): Promise<string[]> {
  const folder = cacheRoot();
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return free >= needed
    ? []
    : [
        `It needs ${gib(needed)} of free disk for ${folder}; there is ${gib(free)}. Free some, or set PORTCULLIS_CACHE.`,
      ];
}

async function portProblems({ port, tlsPort, name }: Instance): Promise<string[]> {
  return (await Promise.all([port, tlsPort].map((each) => portProblem(each, name)))).flat();
}

async function portProblem(port: number, name: string): Promise<string[]> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
  return free
    ? []
    : [
        `Port ${String(port)} of 127.0.0.1 is taken; the ${name} cluster answers there. End the program that listens (ss -ltnp).`,
      ];
}

function networkProblems({ network }: Instance): string[] {
  const taken = Object.entries(networkInterfaces()).filter(([, addresses]) =>
    addresses?.some(({ address }) => address.startsWith(`${network}.`)),
  );
  return taken.map(([name]) => `Interface ${name} already uses the network ${network}.0/24.`);
}

async function goProblems(): Promise<string[]> {
  const wanted = `It is built with Go ${OLDEST_GO} or newer`;
  const version = await run("go", ["env", "GOVERSION"]).catch(() => undefined);
  if (version === undefined)
    return [`${wanted}, and there is no \`go\` on PATH. Install Go from its site or packages.`];
  return gte(coerce(version) ?? "0.0.0", OLDEST_GO) ? [] : [`${wanted}; this is ${version.trim()}.`];
}

async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(packages)].sort();
  const installed = await run("dpkg-query", [
    "--show",
    "--showformat",
    "${Package} ${db:Status-Status}\n",
  ]).catch(() => "");
  const names = new Set(
    installed
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return wanted.filter((name) => !names.has(name));
}

async function installPackages(
  packages: readonly string[],
  { yes, progress }: { yes: boolean; progress: Progress },
): Promise<void> {
  progress.note(`These Debian packages are missing and will be installed: ${packages.join(" ")}`);
  if (process.stdin.isTTY && !yes) {
    const ask = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await ask.question("Install them now? [y/N] ");
    ask.close();
    if (!/^y(es)?$/i.test(answer.trim())) throw new Failure("Nothing was installed and nothing was started.");
  }
  await progress.phase("install Debian packages", async () => {
    await run(join(checkout, "dev", "installPackages.sh"), packages);
  });
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
