import { imageNames } from "../../dev/images";
import { answering, deployment, service, user } from "./plainObjects";

export const ORY = "ory";
export const FOREIGN_OPERATOR = "oathkeeper-maester";
const RULES = "oathkeeper-rules";
const CONFIG = "config.yaml";
const KRATOS = "kratos-public";
const folders = { config: "/etc/config", rules: "/etc/rules" } as const;

/** The cookie of the one person whom Kratos' stand-in knows, and that person's identity. */
export const session = {
  cookie: "ory_kratos_session=alice",
  identity: "5a1f3c5e-0000-4000-8000-000000000001",
  email: "alice@example.com",
};

/**
 * Oathkeeper and Maester as their Helm charts install them, so with nothing of this project: the operator keeps a
 * ConfigMap that Oathkeeper's pod mounts. A stand-in for Kratos answers whose a session is.
 * @see https://github.com/ory/k8s/tree/master/helm/charts/oathkeeper
 */
export const foreignParts: readonly object[] = [
  ...operatorRights(),
  deployment(FOREIGN_OPERATOR, ORY, {
    serviceAccountName: FOREIGN_OPERATOR,
    containers: [
      {
        name: "maester",
        image: imageNames.oathkeeperMaester,
        args: ["controller", `--rulesConfigmapName=${RULES}`, `--rulesConfigmapNamespace=${ORY}`],
        securityContext: { runAsUser: user },
      },
    ],
  }),
  ...answering(KRATOS, ORY, `if ($http_cookie !~ "${session.cookie}") { return 401; }`, {
    identity: { id: session.identity, metadata_public: { email: session.email } },
  }),
];

/** Oathkeeper itself, which is ready once its ConfigMap has a rule. Its configuration is YAML. */
export const foreignOathkeeper = (config: string): readonly object[] => [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "oathkeeper", namespace: ORY },
    data: { [CONFIG]: config },
  },
  deployment("oathkeeper", ORY, {
    containers: [
      {
        name: "oathkeeper",
        image: imageNames.oathkeeper,
        args: ["serve", "--config", `${folders.config}/${CONFIG}`, "--sqa-opt-out"],
        securityContext: { runAsUser: user },
        readinessProbe: { httpGet: { path: "/health/ready", port: 4456 }, periodSeconds: 1 },
        volumeMounts: [
          { name: "config", mountPath: folders.config },
          { name: "rules", mountPath: folders.rules },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: "oathkeeper" } },
      { name: "rules", configMap: { name: RULES } },
    ],
  }),
  service("oathkeeper-proxy", ORY, "oathkeeper", { port: 4455 }),
];

function operatorRights(): readonly object[] {
  const name = FOREIGN_OPERATOR;
  const apiGroup = "rbac.authorization.k8s.io";
  const subjects = [{ kind: "ServiceAccount", name, namespace: ORY }];
  const roleRef = { apiGroup, kind: "ClusterRole", name };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: ORY } },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRole",
      metadata: { name },
      rules: [
        { apiGroups: ["oathkeeper.ory.sh"], resources: ["rules", "rules/status"], verbs: ["*"] },
        {
          apiGroups: [""],
          resources: ["configmaps"],
          verbs: ["get", "list", "watch", "create", "update", "patch"],
        },
      ],
    },
    { apiVersion: `${apiGroup}/v1`, kind: "ClusterRoleBinding", metadata: { name }, roleRef, subjects },
  ];
}
