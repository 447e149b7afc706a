import { posix } from "node:path";
import { podLabels } from "../components/shared/labels";
import { kratosPorts, whoamiPath } from "../documents/kratos/config";
import { fetchedRulesFile } from "../documents/nginx/routes";
import { oathkeeperPorts, type OathkeeperConfig } from "../documents/oathkeeper/config";
import type { RuleSpec } from "../documents/oathkeeper/ruleSpec";
import { all, only, type Gateway, type KubernetesObject } from "./gateway";
import { part, service, type Container, type Deployment } from "./objects";

export const SEED_KRATOS = "bench-seed-kratos";

interface Secret extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

/** The proxy's resources in the project that this one follows. */
const seedResources = { requests: { cpu: "50m", memory: "50Mi" }, limits: { cpu: "100m", memory: "128Mi" } };

/** It reads the rules as they are, without nginx. */
export function seedContainer(one: Container): Container {
  const volumeMounts = [
    ...(one.volumeMounts ?? []),
    { name: "fetched-rules", mountPath: posix.dirname(fetchedRulesFile), readOnly: true },
  ];
  return {
    ...one,
    volumeMounts,
    resources: seedResources,
    startupProbe: undefined,
    readinessProbe: undefined,
  };
}

/** The seed's configuration: every request asks Kratos, every failure is a redirect, everything is logged. */
export function seedConfig(config: OathkeeperConfig, namespace: string, loginUi: string): object {
  const { log, authenticators, access_rules: repositories, serve, mutators, ...rest } = config;
  return {
    ...rest,
    serve: { ...serve, proxy: { port: oathkeeperPorts.proxy, trust_forwarded_headers: true } },
    mutators: { ...mutators, cookie: { enabled: true, config: { cookies: {} } } },
    log: { ...log, level: "info" },
    access_rules: { repositories: [`file://${fetchedRulesFile}`], matching_strategy: "regexp" },
    authenticators: {
      ...authenticators,
      cookie_session: {
        enabled: true,
        config: {
          check_session_url: `http://${SEED_KRATOS}.${namespace}.svc:${kratosPorts.public}${whoamiPath}`,
          preserve_path: true,
          only: authenticators.cookie_session.config.only,
          subject_from: "identity.id",
          extra_from: "@this",
        },
      },
    },
    errors: {
      fallback: ["redirect"],
      handlers: { redirect: { enabled: true, config: { to: loginUi } } },
    },
  };
}

export function seedMatch(host: string): RuleSpec["match"] {
  return {
    url: `http://${host}</?.*>`,
    methods: ["GET", "POST", "PUT", "DELETE", "PATCH"],
  };
}

/** A Kratos with the connection pool that the seed's DSN leaves at its default: no connection stays open. */
export async function seedKratosObjects({ cluster, target }: Gateway): Promise<object[]> {
  const { namespace } = target;
  const live = await only<Deployment>(cluster, "deployment", namespace, podLabels("identity-server"));
  const secrets = await all<Secret>(cluster, "secret", namespace, podLabels("identity-server"));
  const secret = secrets.find(({ data }) => "DSN" in data);
  const dsn = Buffer.from(secret?.data["DSN"] ?? "", "base64").toString();
  const url = new URL(dsn);
  for (const name of [...url.searchParams.keys()]) if (name.startsWith("max_")) url.searchParams.delete(name);
  const labels = { ...part, "app.kubernetes.io/name": SEED_KRATOS };
  const metadata = { name: SEED_KRATOS, namespace, labels };
  const { spec } = live.spec.template;
  const withDsn = (one: Container) => ({
    ...one,
    env: (one.env ?? []).map((variable) =>
      variable.name === "DSN"
        ? { name: "DSN", valueFrom: { secretKeyRef: { name: SEED_KRATOS, key: "DSN" } } }
        : variable,
    ),
  });
  return [
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { DSN: url.href } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...spec, containers: spec.containers.map(withDsn) } },
      },
    },
    service({ target }, SEED_KRATOS, labels, kratosPorts.public),
  ];
}
