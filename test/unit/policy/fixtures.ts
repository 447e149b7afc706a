import type { Resource } from "./harness";

const labels = { app: "shop" };
const own = (component: string) => ({
  "app.kubernetes.io/part-of": "portcullis",
  "app.kubernetes.io/component": component,
});

export const deployment: Resource = {
  type: "kubernetes:apps/v1:Deployment",
  name: "shop",
  props: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop", namespace: "shops" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: "shop",
              image: "registry.example.com:5000/shop:1.2.3",
              args: ["serve", "--config", "/etc/shop.json"],
              env: [
                { name: "TOKEN_URL", value: "https://id.example.com/token" },
                { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "shop", key: "password" } } },
              ],
              ports: [{ containerPort: 8080 }],
              livenessProbe: { httpGet: { path: "/health", port: 8080 } },
              readinessProbe: { httpGet: { path: "/health", port: 8080 } },
              resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
            {
              name: "helper",
              image: `busybox@sha256:${"0".repeat(64)}`,
              livenessProbe: { exec: { command: ["true"] } },
              resources: { requests: { cpu: "10m" }, limits: { memory: "16Mi" } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
          volumes: [{ name: "tmp", emptyDir: {} }],
        },
      },
    },
  },
};

const job = deployment.props["spec"] as { template: object };

export const cronJob: Resource = {
  type: "kubernetes:batch/v1:CronJob",
  name: "nightly",
  props: {
    metadata: { name: "nightly", namespace: "shops" },
    spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: job.template } } },
  },
};

export const budget: Resource = {
  type: "kubernetes:policy/v1:PodDisruptionBudget",
  name: "shop",
  props: { metadata: { namespace: "shops" }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
};

export const configMap: Resource = {
  type: "kubernetes:core/v1:ConfigMap",
  name: "shop",
  props: {
    metadata: { name: "shop", namespace: "shops" },
    data: {
      "shop.json": JSON.stringify({ selfservice: { methods: { password: { enabled: false } } } }),
      "run.sh": 'token=$(cat /run/token)\nexport PASSWORD_FILE=/run/password\necho "$token"\n',
      "shop.yaml": "oauth:\n  client_secret: ${CLIENT_SECRET}\n  token_url: https://id.example.com/token\n",
    },
  },
};

export const secret: Resource = {
  type: "kubernetes:core/v1:Secret",
  name: "shop",
  props: {
    metadata: { name: "shop", namespace: "shops" },
    stringData: {
      inside: "postgres://shop:hunter2@db.shops.svc:5432/shop?sslmode=disable",
      dsn: "postgres://shop:hunter2@db.example.com:5432/shop?sslmode=verify-full",
    },
  },
};

export const proxyService: Resource = {
  type: "kubernetes:core/v1:Service",
  name: "proxy",
  props: {
    metadata: { name: "access-proxy", namespace: "access" },
    spec: { selector: own("proxy"), ports: [{ name: "proxy", port: 4455 }] },
  },
};

export const adminService: Resource = {
  type: "kubernetes:core/v1:Service",
  name: "admin",
  props: {
    metadata: { name: "access-admin", namespace: "access" },
    spec: { selector: own("identity-server"), ports: [{ name: "admin", port: 4434 }] },
  },
};

export const identityService: Resource = {
  type: "kubernetes:core/v1:Service",
  name: "public",
  props: {
    metadata: { name: "access-public", namespace: "access" },
    spec: { selector: own("identity-server"), ports: [{ name: "public", port: 4433 }] },
  },
};

export const frontService: Resource = {
  type: "kubernetes:core/v1:Service",
  name: "front",
  props: {
    metadata: { name: "access-front", namespace: "access" },
    spec: { selector: own("identity-server"), ports: [{ name: "front", port: 4436 }] },
  },
};

export const networkPolicy: Resource = {
  type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  name: "admin",
  props: {
    metadata: { name: "access", namespace: "access" },
    spec: { podSelector: { matchLabels: own("identity-server") }, policyTypes: ["Ingress"], ingress: [] },
  },
};

export const ingress: Resource = {
  type: "kubernetes:networking.k8s.io/v1:Ingress",
  name: "shop",
  props: {
    metadata: { name: "shop", namespace: "access" },
    spec: {
      rules: [
        {
          host: "shop.apps.example.com",
          http: { paths: [{ backend: { service: { name: "access-proxy", port: { number: 4455 } } } }] },
        },
        {
          host: "auth-server.apps.example.com",
          http: { paths: [{ backend: { service: { name: "access-front", port: { number: 4436 } } } }] },
        },
      ],
    },
  },
};

export const httpRoute: Resource = {
  type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  name: "shop",
  props: {
    metadata: { name: "shop", namespace: "shops" },
    spec: {
      hostnames: ["shop.apps.example.com"],
      rules: [{ backendRefs: [{ name: "access-proxy", namespace: "access", port: 4455 }] }],
    },
  },
};

export const namespace: Resource = {
  type: "kubernetes:core/v1:Namespace",
  name: "shops",
  props: {
    metadata: {
      name: "shops",
      annotations: { "portcullis-hosts": "shop.apps.example.com, *.shops.apps.example.com" },
    },
  },
};

export const rule: Resource = {
  type: "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule",
  name: "shop",
  props: {
    metadata: { name: "shop", namespace: "shops" },
    spec: {
      match: { url: "https://<{shop.apps.example.com,a.shops.apps.example.com}>/<**>", methods: ["GET"] },
      upstream: { url: "http://shop.shops.svc:8080" },
      authenticators: [{ handler: "cookie_session" }],
      authorizer: { handler: "allow" },
      mutators: [{ handler: "header" }, { handler: "cookie" }],
    },
  },
};

export const loginProvider: Resource = {
  type: "portcullis:index:OidcClient",
  name: "staff",
  props: { issuerUrl: "https://id.example.com", admit: { emailDomains: ["example.com"], emails: [] } },
};

export const database: Resource = {
  type: "portcullis:index:Postgres",
  name: "database",
  props: { database: { kind: "external", host: "db.example.com", sslMode: "verify-full" } },
};
