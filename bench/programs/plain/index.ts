import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Ingress, NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { Config } from "@pulumi/pulumi";

const services = new Config().requireNumber("services");
for (let index = 0; index < services; index += 1) service(`service-${index}`);

/** The objects of a {@link ProtectedService}, field by field. */
function service(name: string): void {
  const host = `${name}.bench.example.com`;
  const labels = {
    "app.kubernetes.io/part-of": "portcullis",
    "app.kubernetes.io/component": "protected-service",
    "app.kubernetes.io/instance": `portcullis-${name}`,
    "app.kubernetes.io/managed-by": "pulumi",
  };
  const rule = new CustomResource(
    name,
    {
      apiVersion: "oathkeeper.ory.sh/v1alpha1",
      kind: "Rule",
      metadata: {
        name,
        namespace: "portcullis",
        labels,
        finalizers: ["finalizer.oathkeeper.ory.sh"],
        annotations: {
          "pulumi.com/waitFor": "jsonpath={.status.validation.valid}=true",
          "pulumi.com/timeoutSeconds": "60",
        },
      },
      spec: {
        match: {
          url: `http://${host}/<**>`,
          methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        },
        upstream: { url: `http://${name}.portcullis.svc:80`, preserveHost: false },
        authenticators: [{ handler: "cookie_session" }],
        authorizer: { handler: "allow" },
        mutators: [{ handler: "header" }, { handler: "cookie" }],
      },
      status: { validation: { valid: true } },
    },
    { deleteBeforeReplace: true },
  );
  const backend = { service: { name: "proxy", port: { number: 4455 } } };
  new Ingress(
    name,
    {
      metadata: { namespace: "portcullis", labels },
      spec: {
        ingressClassName: "traefik",
        rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    },
    { dependsOn: [rule] },
  );
  new NetworkPolicy(name, {
    metadata: { namespace: "portcullis", labels },
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": name } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "portcullis" } },
              podSelector: {
                matchLabels: {
                  "app.kubernetes.io/part-of": "portcullis",
                  "app.kubernetes.io/component": "proxy",
                },
              },
            },
          ],
          ports: [{ port: 8080, protocol: "TCP" }],
        },
      ],
    },
  });
}
