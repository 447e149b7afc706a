import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { run } from "../../cli/shared/exec";
import { fixtureDnsName } from "../fixtures/manifests";
import { DEVELOPMENT_ZONE } from "../instances";

/** Addresses and folders of one embedded node; init.sh gets them in its environment. */
export interface NodeLayout {
  readonly folder: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly hostIp: string;
  readonly pauseImage: string;
  /** Image of the pods that create and delete volumes' folders. */
  readonly helperImage: string;
}

export const POD_CIDR = "10.42.0.0/16";
export const SERVICE_CIDR = "10.96.0.0/16";
export const DNS_IP = "10.96.0.10";
const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";
const CNI_PLUGINS = "/usr/lib/cni";

/** Writes everything that the node's servers read: their configuration, keys and tokens. */
export async function writeConfiguration(layout: NodeLayout): Promise<void> {
  const config = join(layout.folder, "config");
  const secrets = join(layout.folder, "secrets");
  await mkdir(join(config, "cni"), { recursive: true });
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  const files = {
    "containerd.toml": containerdConfig({
      root: join(layout.folder, "data/containerd"),
      state: "/run/containerd",
      socket: CONTAINERD_SOCKET,
      pauseImage: layout.pauseImage,
      cniConfig: join(config, "cni"),
    }),
    "cni/10-bridge.conflist": JSON.stringify(cniConfig()),
    "kubelet.yaml": stringify(kubeletConfig(layout)),
    "kube-proxy.yaml": stringify(kubeProxyConfig(layout)),
    Corefile: corefile(layout),
    "storage.json": JSON.stringify({
      nodePathMap: [
        { node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [join(layout.folder, "data/volumes")] },
      ],
    }),
    "storage-helper.yaml": stringify(storageHelperPod(layout.helperImage)),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(config, name), text);
  await writeSecrets(layout, secrets);
}

/** The kubeconfig of the node's administrator; the API server creates its certificate at its first start. */
export async function administratorKubeconfig(layout: NodeLayout): Promise<string> {
  const secrets = join(layout.folder, "secrets");
  const [certificate, tokens] = await Promise.all([
    readFile(join(secrets, "apiserver/apiserver.crt")),
    readFile(join(secrets, "tokens.csv"), "utf8"),
  ]);
  return kubeconfig(layout, tokens.split(",")[0] ?? "", {
    "certificate-authority-data": certificate.toString("base64"),
  });
}

function kubeconfig(layout: NodeLayout, token: string, trust: Record<string, unknown>): string {
  const name = layout.nodeName;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: `https://${layout.nodeIp}:6443`, ...trust } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

async function writeSecrets(layout: NodeLayout, folder: string): Promise<void> {
  const secret = { mode: 0o600 };
  const token = randomBytes(24).toString("hex");
  await writeFile(
    join(folder, "tokens.csv"),
    `${token},administrator,administrator,system:masters\n`,
    secret,
  );
  // The node's own servers start before the certificate exists, and reach it only inside the node's network.
  const own = kubeconfig(layout, token, { "insecure-skip-tls-verify": true });
  await writeFile(join(folder, "kubeconfig"), own, secret);
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  await writeFile(join(folder, "service-account.key"), privateKey, secret);
  // The API server presents this certificate to the kubelet, with all permissions there; others present an account's token.
  await run("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /O=system:masters/CN=kube-apiserver".split(
      " ",
    ),
    ..."-addext extendedKeyUsage=clientAuth".split(" "),
    ...["-keyout", join(folder, "kubelet-client.key"), "-out", join(folder, "kubelet-client.crt")],
  ]);
}

/** The configuration of containerd, for the node and for filling its image store beforehand. */
export function containerdConfig(paths: {
  root: string;
  state: string;
  socket: string;
  pauseImage: string;
  cniConfig: string;
}): string {
  return `version = 3
root = "${paths.root}"
state = "${paths.state}"
[grpc]
  address = "${paths.socket}"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${paths.pauseImage}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${CNI_PLUGINS}"]
    conf_dir = "${paths.cniConfig}"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = false
# Its socket has one place on the machine, where two of these would meet.
[plugins."io.containerd.nri.v1.nri"]
  disable = true
`;
}

function cniConfig(): object {
  return {
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        // init.sh masks the addresses of all pods with one rule: this plugin would start iptables seven times for each.
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: POD_CIDR.replace("/16", "/24") }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig(layout: NodeLayout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(layout.folder, "secrets/kubelet-client.crt") },
    },
    authorization: { mode: "Webhook" },
    // A kubelet deletes the logs of unknown pods, and other instances run on this machine.
    podLogsDir: join(layout.folder, "data/pod-logs"),
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    // Without cgroups per pod, the kubelet panics when it mistakes a restarted container for a resized one.
    featureGates: { InPlacePodVerticalScaling: false },
    failSwapOn: false,
    clusterDomain: "cluster.local",
    clusterDNS: [DNS_IP],
    resolvConf: "",
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registerNode: true,
    // Restarts and status updates take a second or two, not the ten of a large cluster.
    nodeStatusUpdateFrequency: "5s",
    syncFrequency: "10s",
    volumeStatsAggPeriod: "10s",
    shutdownGracePeriod: "0s",
  };
}

function kubeProxyConfig(layout: NodeLayout): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: POD_CIDR,
    clientConnection: { kubeconfig: join(layout.folder, "secrets/kubeconfig") },
    conntrack: { maxPerCore: 0 },
  };
}

function corefile(layout: NodeLayout): string {
  return `. {
  bind ${layout.nodeIp}
  errors
  cache 5
  rewrite name issuer.${DEVELOPMENT_ZONE} ${fixtureDnsName("issuer")}
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${join(layout.folder, "secrets/kubeconfig")}
    ttl 5
  }
}
`;
}

function storageHelperPod(image: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: { containers: [{ name: "helper-pod", image, imagePullPolicy: "IfNotPresent" }] },
  };
}
