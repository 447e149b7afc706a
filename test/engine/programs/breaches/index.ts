import type { core } from "@pulumi/kubernetes/types/input";
import { ComponentResource, type Inputs } from "@pulumi/pulumi";
import { resolveImages } from "../../../../components/shared/images";
import {
  container,
  deploymentSpec,
  httpProbes,
  podSpec,
  resources,
} from "../../../../components/shared/pods";
import { hostsAnnotation } from "../../../../documents/admission/hosts";

const namespace = "breaches";
const pods = { app: "breach" };

/**
 * A resource of any type. As a component it needs no plugin, which is not available here for every provider, and no
 * definition on the cluster. To a policy it is the same.
 */
class AnyResource extends ComponentResource {
  constructor(type: string, name: string, inputs: Inputs) {
    super(type, name, inputs);
    this.registerOutputs(inputs);
  }
}

/** A Kubernetes object with the name of the policy that it violates, or "kept". */
function object(type: string, name: string, inputs: Inputs) {
  new AnyResource(`kubernetes:${type}`, name, { metadata: { name, namespace }, ...inputs });
}

const kept = container({
  name: "server",
  image: "registry.example.com/server:1.0.0",
  args: ["serve"],
  ports: [{ name: "http", containerPort: 8080 }],
  ...httpProbes("http", { alive: "/health", ready: "/health" }),
  resources: resources(["10m", "100m"], ["16Mi", "32Mi"]),
});

function deployment(name: string, change: Partial<core.v1.Container>, replicas = 2) {
  const pod = podSpec({
    user: 65534,
    images: resolveImages("v26.2"),
    containers: [{ ...kept, ...change }],
  });
  object("apps/v1:Deployment", name, {
    spec: deploymentSpec({ replicas, selector: pods, labels: pods, pod }),
  });
}

function rule(name: string, change: Inputs) {
  object("oathkeeper.ory.sh/v1alpha1:Rule", name, {
    spec: {
      match: { url: `https://${name}.breaches.example.com/<**>`, methods: ["GET"] },
      authenticators: [{ handler: "cookie_session" }],
      authorizer: { handler: "allow" },
      mutators: [{ handler: "header" }, { handler: "cookie" }],
      ...change,
    },
  });
}

const selector = { matchLabels: pods };
object("core/v1:Namespace", "kept", {
  metadata: { name: namespace, annotations: { [hostsAnnotation]: "*.breaches.example.com" } },
});
object("policy/v1:PodDisruptionBudget", "kept", { spec: { maxUnavailable: 1, selector } });
object("networking.k8s.io/v1:NetworkPolicy", "kept", {
  spec: { podSelector: selector, policyTypes: ["Ingress"] },
});
deployment("kept", {});
rule("kept", { upstream: { url: `http://internal-upstreams.${namespace}.svc:80` } });

object("networking.k8s.io/v1:Ingress", "routes-to-proxy", {
  spec: {
    rules: [
      {
        host: "a.example.com",
        http: { paths: [{ backend: { service: { name: "breach", port: { number: 80 } } } }] },
      },
    ],
  },
});
object("core/v1:Service", "internal-upstreams", {
  spec: { type: "NodePort", selector: { app: "upstream" }, ports: [{ port: 80 }] },
});
rule("rule-pattern", { match: { url: "https://<**>/", methods: ["GET"] } });
rule("rule-authenticators", { authenticators: [] });
rule("rule-public-paths", { authenticators: [{ handler: "noop" }] });
rule("rule-mutators", { mutators: [{ handler: "noop" }] });
rule("namespace-owns-hosts", { match: { url: "https://a.example.com/<**>", methods: ["GET"] } });
new AnyResource("portcullis:index:OidcClient", "admit-set", { admit: {} });
object("core/v1:Service", "admin-services", {
  spec: { type: "NodePort", selector: pods, ports: [{ port: 4434 }] },
});
object("core/v1:ConfigMap", "no-plain-secrets", { data: { password: "hunter2" } });
deployment("no-dev-mode", { args: ["serve", "--dev"] });
deployment("secure-cookies", { env: [{ name: "COOKIES_SECURE", value: "false" }] });
object("core/v1:Secret", "database-tls", {
  stringData: { dsn: "postgres://a:hunter2@db.example.com/a" },
});
deployment("pod-security-restricted", {
  securityContext: { allowPrivilegeEscalation: false, capabilities: {} },
});
deployment("image-pinned", { image: "registry.example.com/server:latest" });
deployment("container-probes", { readinessProbe: undefined });
deployment("container-limits", { resources: { requests: { cpu: "10m", memory: "16Mi" } } });
deployment("availability", {}, 1);
new AnyResource("gcp:iap/brand:Brand", "iap-oauth", {});
new AnyResource("gcp:iam/oauthClient:OauthClient", "iam-oauth-client", {});

// The policies also check what patches write and what lists contain.
const backend = { service: { name: "breach", port: { number: 80 } } };
object("networking.k8s.io/v1:IngressPatch", "routes-to-proxy", { spec: { defaultBackend: backend } });
object("core/v1:ServicePatch", "internal-upstreams", { spec: { type: "LoadBalancer" } });
object("oathkeeper.ory.sh/v1alpha1:RulePatch", "rule-public-paths", {
  spec: { authenticators: [{ handler: "noop" }] },
});
object("oathkeeper.ory.sh/v1alpha1:RulePatch", "rule-mutators", {
  spec: { mutators: [{ handler: "noop" }] },
});
object("core/v1:ConfigMapPatch", "no-plain-secrets", { data: { password: "hunter2" } });
object("core/v1:SecretPatch", "database-tls", {
  stringData: { dsn: "postgres://a:hunter2@db.example.com/a" },
});
object("apps/v1:DeploymentPatch", "image-pinned", {
  spec: { template: { spec: { containers: [{ name: "server", image: "registry.example.com/server" }] } } },
});
object("apps/v1:DeploymentPatch", "pod-security-restricted", {
  spec: { template: { spec: { hostNetwork: true } } },
});
object("core/v1:ServiceList", "admin-services", {
  items: [
    {
      metadata: { name: "a", namespace },
      spec: { type: "NodePort", selector: pods, ports: [{ port: 4434 }] },
    },
  ],
});
