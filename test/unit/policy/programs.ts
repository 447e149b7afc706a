import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Namespace, Service } from "@pulumi/kubernetes/core/v1";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import { ProtectedService } from "../../../components/protectedService";
import type { GatewayRef } from "../../../components/gatewayRef";
import { hostsAnnotation } from "../../../documents/admission/hosts";
import { gateway, ingressController, service } from "../components/programs";
import { run } from "../mocks";
import { asKnown, type Resource } from "./harness";

/** All resources of a program, as a policy sees them. The program runs when the first test needs it. */
export type Recording = () => Promise<readonly Resource[]>;

export function recording(program: () => unknown): Recording {
  let resources: Promise<readonly Resource[]> | undefined;
  return () => (resources ??= run(program).then(({ made }) => made.all.map(asKnown)));
}

/** The resources of several programs, as if they were one. */
export function joined(...recordings: readonly Recording[]): Recording {
  return async () => {
    const all: Resource[] = [];
    // One by one: there is one engine per process.
    for (const resources of recordings) all.push(...(await resources()));
    return all;
  };
}

/** A gateway with a service behind it. */
export const protectedStack = recording(() => service());

/** The names that the tests' gateway and service have. */
export const gatewayNamespace = "portcullis";
export const proxyService = "access-proxy";
export const serviceHost = "vmagent.apps.example.com";

const proxyPods = { "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/component": "proxy" };

/** A gateway that another stack makes. */
export const elsewhere = (): GatewayRef => ({
  version: 2,
  domain: "apps.example.com",
  namespace: gatewayNamespace,
  proxy: { namespace: gatewayNamespace, service: "portcullis-proxy", port: 4455, pods: proxyPods },
  route: {},
  tls: "off",
});

const gatewayApi: AccessGatewayArgs["route"] = {
  kind: "gatewayApi",
  from: [ingressController],
  parentRef: { namespace: "gateways", name: "public" },
  namespaces: ["team-a"],
};

/** A service in a team's namespace, with its own HTTPRoute. */
export const withTeam = recording(() => {
  const metadata = { name: "team-a", annotations: { [hostsAnnotation]: `${serviceHost}, *.a.example.com` } };
  new Namespace("team-a", { metadata });
  return service({ namespace: "team-a" }, { route: gatewayApi, tls: "external" });
});

/** A workload with its Service, which the program puts behind the login. */
export const withShop = recording(() => {
  const metadata = { name: "shop", namespace: "shops" };
  const containers = [{ name: "shop", ports: [{ name: "http", containerPort: 8080 }] }];
  new Deployment("shop", {
    metadata,
    spec: {
      selector: { matchLabels: { app: "shop" } },
      template: { metadata: { labels: { app: "shop", tier: "web" } }, spec: { containers } },
    },
  });
  const shop = new Service("shop", {
    metadata,
    spec: { selector: { app: "shop" }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  return new ProtectedService("shop", { gateway: gateway(), upstream: { service: shop, port: 80 } });
});

/** A database that the stack does not make. */
export const externalDatabase = {
  kind: "external",
  host: "db.example.com",
  port: 5432,
  database: "kratos",
  user: "kratos",
  password: "hunter2",
  sslMode: "verify-full",
} as const;

export const withExternalDatabase = recording(() => gateway({ database: externalDatabase }));
