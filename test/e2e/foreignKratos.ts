import { imageNames, release } from "../../dev/images";
import { migrateArguments } from "../../documents/kratos/commands";
import { parseDomain } from "../../documents/oathkeeper/hosts";
import { deployment, service, user } from "./plainObjects";

export const IDENTITY = "identity";
export const KRATOS = "kratos";
const ADMIN = "kratos-admin";
const folder = "/etc/config";
const ports = { public: 4433, admin: 4434 } as const;

/** A person whom that Kratos knows by a password, since it has no login provider. */
export const person = { email: "alice@example.com", password: "one of a person's own, 17 letters" };

/**
 * A Kratos as its Helm chart installs it, so with nothing of this project, that meets what docs/library.md asks of one.
 * Its login UI is the browser of the person who signs in.
 * @param tlsSecretName the certificate of its public host
 * @see https://github.com/ory/k8s/tree/master/helm/charts/kratos
 */
export function foreignKratos(domain: string, dsn: string, tlsSecretName: string): readonly object[] {
  const publicName = `${KRATOS}-public`;
  const host = `auth-server.${parseDomain(domain).name}`;
  const backend = { service: { name: publicName, port: { number: 80 } } };
  const container = {
    image: imageNames.kratos,
    env: [{ name: "DSN", value: dsn }],
    securityContext: { runAsUser: user },
    volumeMounts: [{ name: "config", mountPath: folder }],
  };
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: KRATOS, namespace: IDENTITY },
      data: {
        "kratos.yaml": JSON.stringify(config(domain)),
        "identity.schema.json": JSON.stringify(schema),
      },
    },
    deployment(KRATOS, IDENTITY, {
      initContainers: [{ ...container, name: "migrate", args: migrateArguments(release) }],
      containers: [
        {
          ...container,
          name: "kratos",
          args: ["serve", "all", "--config", `${folder}/kratos.yaml`, "--sqa-opt-out"],
          readinessProbe: { httpGet: { path: "/health/ready", port: ports.admin }, periodSeconds: 1 },
        },
      ],
      volumes: [{ name: "config", configMap: { name: KRATOS } }],
    }),
    service(publicName, IDENTITY, KRATOS, { port: 80, targetPort: ports.public }),
    service(ADMIN, IDENTITY, KRATOS, { port: 80, targetPort: ports.admin }),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: KRATOS, namespace: IDENTITY },
      spec: {
        tls: [{ hosts: [host], secretName: tlsSecretName }],
        rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    },
  ];
}

/** Where the API server creates an identity from what it is sent. */
export const identitiesPath = `/api/v1/namespaces/${IDENTITY}/services/${ADMIN}:80/proxy/admin/identities`;

/** The person, with a verified address in the place that services are told. */
export const identity = {
  schema_id: "person",
  traits: { email: person.email },
  metadata_public: { email: person.email },
  credentials: { password: { config: { password: person.password } } },
};

const config = (domain: string) => ({
  serve: { public: { base_url: `https://auth-server.${domain}/` } },
  cookies: { domain: parseDomain(domain).name },
  identity: {
    default_schema_id: identity.schema_id,
    schemas: [{ id: identity.schema_id, url: `file://${folder}/identity.schema.json` }],
  },
  session: { whoami: { required_aal: "aal1" } },
  selfservice: {
    default_browser_return_url: `https://auth.${domain}/`,
    allowed_return_urls: [`https://wiki.${domain}/`],
    methods: { password: { enabled: true, config: { haveibeenpwned_enabled: false } } },
    flows: { login: { ui_url: `https://auth.${domain}/login` } },
  },
  secrets: { cookie: ["for the tests of this project only"], cipher: ["32 letters that only tests know."] },
});

const schema = {
  $id: "https://example.com/person.schema.json",
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: {
    traits: {
      type: "object",
      properties: {
        email: {
          type: "string",
          format: "email",
          "ory.sh/kratos": { credentials: { password: { identifier: true } } },
        },
      },
    },
  },
};
