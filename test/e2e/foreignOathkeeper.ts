import { imageNames } from "../../dev/images";
import { nginxCommand, nginxDocument } from "../../documents/nginx/document";

export const ORY = "ory";
export const FOREIGN_OPERATOR = "oathkeeper-maester";
const RULES = "oathkeeper-rules";
const CONFIG = "config.yaml";
const KRATOS = "kratos-public";
const WIKI = "wiki";
const folders = { config: "/etc/config", rules: "/etc/rules" } as const;
const user = 65534;

/** The cookie of the one person whom Kratos' stand-in knows, and who that is. */
export const session = {
  cookie: "ory_kratos_session=alice",
  identity: "5a1f3c5e-0000-4000-8000-000000000001",
  email: "alice@example.com",
};

/**
 * Oathkeeper and Maester as their Helm charts have them, so without anything of this project: the operator keeps a
 * ConfigMap that Oathkeeper's pod mounts. Beside them what answers for Kratos whose a session is, and the service of the
 * example, which says what it was told of its visitor.
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
  ...answering(WIKI, WIKI, "", {
    visitor: ["$http_x_user_id", "$http_x_user_email"],
    cookies: "$http_cookie",
  }),
];

/** Oathkeeper itself, which is ready once its ConfigMap has a rule, with a configuration as YAML. */
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

/** An nginx that answers every request, unless a condition ends it, with a document of its variables. */
function answering(name: string, namespace: string, condition: string, document: object): readonly object[] {
  const config = nginxDocument(
    64,
    `  server {
    listen 8080;
    ${condition}
    default_type application/json;
    return 200 '${JSON.stringify(document)}';
  }
`,
  );
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { "nginx.conf": config } },
    deployment(name, namespace, {
      containers: [
        {
          name: "nginx",
          image: imageNames.nginx,
          command: nginxCommand(`${folders.config}/nginx.conf`),
          securityContext: { runAsUser: user },
          volumeMounts: [{ name: "config", mountPath: folders.config }],
        },
      ],
      volumes: [{ name: "config", configMap: { name } }],
    }),
    service(name, namespace, name, { port: 80, targetPort: 8080 }),
  ];
}

function deployment(name: string, namespace: string, podSpec: object): object {
  const matchLabels = { "app.kubernetes.io/name": name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { selector: { matchLabels }, template: { metadata: { labels: matchLabels }, spec: podSpec } },
  };
}

function service(name: string, namespace: string, app: string, port: object): object {
  const spec = { selector: { "app.kubernetes.io/name": app }, ports: [port] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}
