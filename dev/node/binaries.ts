import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, cacheKey, isCached } from "../cache";
import { run } from "../../cli/shared/exec";
import { withoutPackages, type LeftOut } from "./leftOut";

interface Binary {
  /** Folder below `binaries/` with the go.mod and go.sum that pin it. */
  readonly module: string;
  /** Import path of the command. */
  readonly command: string;
  /** What of the program is built, where it has a choice. */
  readonly tags?: readonly string[];
  /** Variables that the linker sets; the programs report their version from them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Packages that are not built, for stubs in the module's folder. */
  readonly leftOut?: readonly LeftOut[];
}

const KUBERNETES_VERSION = "v1.36.4";

export const CERT_MANAGER_VERSION = "v1.21.2";

export const METRICS_SERVER_VERSION = "v0.9.0";

/** What of Prometheus' project tests run, by the module that has it. */
export const PROMETHEUS_VERSIONS = {
  operator: "v0.85.0",
  prometheus: "v3.16.0",
  alertmanager: "v0.28.1",
} as const;

/** Variable of the linker from which all of them report their version. */
const PROMETHEUS_VERSION_VARIABLE = "github.com/prometheus/common/version.Version";

/** Everything that the embedded node is made of and that Go builds from source, by the name of its program. */
const binaries = {
  traefik: {
    module: "node",
    command: "github.com/traefik/traefik/v3/cmd/traefik",
    variables: {
      "github.com/traefik/traefik/v3/pkg/version.Version": "3.7.13",
    },
    // The clients of some 200 clouds and of GitHub, and what runs plugins: half of its code, and not all of it is to be had.
    leftOut: [
      { module: "github.com/go-acme/lego/v5", packages: { "providers/dns": "stubs/dns" } },
      {
        module: "github.com/traefik/traefik/v3",
        packages: {
          "pkg/plugins": "stubs/plugins",
          "pkg/provider/ecs": "stubs/ecs",
          "pkg/version": "stubs/version",
        },
      },
    ],
  },
  pulumi: {
    module: "pulumi",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.259.0" },
    // The clients of clouds, for states and keys that are kept there, and of Pulumi Cloud's API: half of its code.
    leftOut: [
      {
        module: "github.com/pulumi/pulumi/pkg/v3",
        packages: {
          authhelpers: "stubs/authhelpers",
          "cmd/pulumi/cloud": "stubs/api",
          operations: "stubs/operations",
          "secrets/cloud": "stubs/cloud",
        },
      },
      {
        module: "gocloud.dev",
        packages: { "blob/azureblob": "stubs/azureblob", "blob/gcsblob": "stubs/gcsblob" },
      },
    ],
  },
  kubernetes: {
    module: "node",
    command: "./kubernetes",
    variables: {
      "k8s.io/component-base/version.gitVersion": KUBERNETES_VERSION,
      "k8s.io/component-base/version.gitMajor": "1",
      "k8s.io/component-base/version.gitMinor": "36",
      "k8s.io/component-base/version.gitTreeState": "clean",
      "k8s.io/component-base/version.gitCommit": KUBERNETES_VERSION,
      "k8s.io/client-go/pkg/version.gitVersion": KUBERNETES_VERSION,
    },
    // Clients for tests.
    leftOut: [{ module: "k8s.io/client-go", packages: { "kubernetes/fake": "stubs/fake" } }],
  },
  "pulumi-resource-kubernetes": {
    module: "pulumi-kubernetes",
    command: ".",
    variables: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": "4.25.0" },
    // A Go type for each kind of object, for charts and YAML files alone, and an informer for each: half of its code.
    leftOut: [
      { module: "k8s.io/client-go", packages: { informers: "stubs/informers" } },
      {
        module: "github.com/pulumi/pulumi-kubernetes/sdk/v4",
        packages: { "go/kubernetes/yaml/v2": "stubs/yaml" },
      },
    ],
  },
  kratos: {
    module: "kratos",
    command: "github.com/ory/kratos",
    variables: { "github.com/ory/kratos/driver/config.Version": "v1.3.1" },
  },
  oathkeeper: {
    module: "oathkeeper",
    command: "github.com/ory/oathkeeper",
    variables: { "github.com/ory/oathkeeper/x.Version": "v0.40.9" },
  },
  "oathkeeper-maester": { module: "node", command: "github.com/ory/oathkeeper-maester" },
  vmagent: {
    module: "victoriametrics",
    command: "github.com/VictoriaMetrics/VictoriaMetrics/app/vmagent",
    variables: {
      "github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version": "vmagent-v1.148.0",
    },
  },
  "victoria-metrics": {
    module: "victoriametrics",
    command: "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics",
    variables: {
      "github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version": "victoria-metrics-v1.148.0",
    },
  },
  coredns: { module: "node", command: "./coredns" },
  "local-path-provisioner": {
    module: "node",
    command: "github.com/rancher/local-path-provisioner",
  },
  forward: { module: "forward", command: "." },
  pause: { module: "pause", command: "." },
} satisfies Record<string, Binary>;

/** What tests need besides: no cluster waits for it. */
const testBinaries = {
  promtool: prometheusCommand("promtool"),
  "pulumi-language-yaml": {
    module: "pulumi-yaml",
    command: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": "v1.25.0" },
  },
  "pulumi-sdks": { module: "pulumi-sdks", command: "." },
  "pulumi-csharp": { module: "pulumi-csharp", command: "." },
} satisfies Record<string, Binary>;

/** Servers of other projects that tests run: no cluster waits for them. */
const operatorBinaries = {
  "cert-manager": {
    module: "cert-manager",
    command: ".",
    variables: { "github.com/cert-manager/cert-manager/pkg/util.AppVersion": CERT_MANAGER_VERSION },
  },
  "metrics-server": {
    module: "metrics-server",
    command: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    variables: { "k8s.io/component-base/version.gitVersion": METRICS_SERVER_VERSION },
  },
  prometheus: prometheusCommand("prometheus"),
  "prometheus-operator": operatorCommand(
    "github.com/prometheus-operator/prometheus-operator/cmd/operator",
    PROMETHEUS_VERSIONS.operator,
  ),
  "prometheus-config-reloader": operatorCommand(
    "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader",
    PROMETHEUS_VERSIONS.operator,
  ),
  alertmanager: operatorCommand(
    "github.com/prometheus/alertmanager/cmd/alertmanager",
    PROMETHEUS_VERSIONS.alertmanager,
  ),
} satisfies Record<string, Binary>;

/** What the benchmark compares with: no other command builds it. */
const benchBinaries = {
  "oauth2-proxy": {
    module: "oauth2-proxy",
    command: "github.com/oauth2-proxy/oauth2-proxy/v7",
    variables: { "github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION": "v7.15.6" },
  },
} satisfies Record<string, Binary>;

const allBinaries = { ...binaries, ...testBinaries, ...operatorBinaries, ...benchBinaries };

export type BinaryName = keyof typeof allBinaries;

export function isBinaryName(name: string): name is BinaryName {
  return Object.hasOwn(allBinaries, name);
}

/** The names of all binaries of the node, the longest build first. */
export const binaryNames = Object.keys(binaries) as readonly (keyof typeof binaries)[];

const modulesFolder = join(__dirname, "binaries");

/** A quarter of the compiler's processor time goes into keeping its memory small, more than it needs here. */
const compilerMemory = { GOGC: "400", GOMEMLIMIT: "3GiB" };

/** Their folder in the cache. Another name would have everybody build them again, for an hour. */
const CACHE = "parts";

/** The folder with the go.mod that pins a binary's sources. */
export function moduleFolder(name: BinaryName): string {
  return join(modulesFolder, allBinaries[name].module);
}

/**
 * The path of a static binary, built on first use.
 *
 * @throws {CommandError} when Go cannot build it.
 */
export async function binary(name: BinaryName): Promise<string> {
  return join(await cached(CACHE, await keyOf(name), (folder) => build(name, join(folder, name))), name);
}

export async function isBuilt(name: BinaryName): Promise<boolean> {
  return isCached(CACHE, await keyOf(name));
}

function prometheusCommand(command: "prometheus" | "promtool"): Binary {
  return {
    module: "prometheus",
    command: `github.com/prometheus/prometheus/cmd/${command}`,
    // Whom else than Kubernetes it could ask for targets is most of its code.
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    variables: { [PROMETHEUS_VERSION_VARIABLE]: PROMETHEUS_VERSIONS.prometheus.slice(1) },
  };
}

/** In one module with the operator, whose versions it shares. */
function operatorCommand(command: string, version: string): Binary {
  return {
    module: "prometheus-operator",
    command,
    variables: { [PROMETHEUS_VERSION_VARIABLE]: version.slice(1) },
  };
}

async function keyOf(name: BinaryName): Promise<string> {
  const { module, ...recipe }: Binary = allBinaries[name];
  const entries = await readdir(join(modulesFolder, module), { recursive: true, withFileTypes: true });
  const sources = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return `${name}-${cacheKey(JSON.stringify(recipe), ...(await Promise.all(sources.map((file) => readFile(file)))))}`;
}

/** Completes the go.mod and go.sum of a binary after a change of a version: builds it, and keeps nothing else. */
export async function completeModule(name: BinaryName): Promise<void> {
  await build(name, "/dev/null", true);
}

async function build(name: BinaryName, output: string, complete = false): Promise<void> {
  const { module, command, tags = [], variables = {}, leftOut = [] }: Binary = allBinaries[name];
  const folder = join(modulesFolder, module);
  const linkerFlags = [
    "-s",
    "-w",
    ...Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`),
  ];
  const flags = [
    "-trimpath",
    "-buildvcs=false",
    // The linker leaves it out; writing it takes a fifth of the compiler's time.
    "-gcflags=all=-dwarf=false",
    "-tags",
    tags.join(","),
    "-ldflags",
    linkerFlags.join(" "),
  ];
  const env = {
    CGO_ENABLED: "0",
    GOFLAGS: complete ? "-mod=mod" : "-mod=readonly",
    GOOS: "linux",
    GOWORK: "off",
    ...compilerMemory,
  };
  await withoutPackages(
    leftOut,
    folder,
    (modfile) => run("go", ["build", ...modfile, ...flags, "-o", output, command], { cwd: folder, env }),
    complete,
  );
}
