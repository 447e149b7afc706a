import { Namespace } from "@pulumi/kubernetes/core/v1";
import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient } from "../../../components";

const staff = new OidcClient("staff", {
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  clientSecret: new Config().requireSecret("clientSecret"),
  admit: { emailDomains: ["example.com"] },
});
const traefik = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
};
const access = new AccessGateway("access", {
  domain: "apps.example.com",
  loginProviders: [staff],
  // One route for all hosts: the teams need no rights in the gateway's namespace.
  route: { kind: "ingress", from: [traefik], wildcard: true },
  tls: { secretName: "apps-certificate" },
});

// The platform hands out the hosts: the API server refuses a team's Rule for any other. Each is one label below the domain:
// the route is a wildcard, and that of an Ingress, or of a certificate, covers no more.
for (const team of ["team-a", "team-b"])
  new Namespace(team, {
    metadata: { name: team, annotations: { "portcullis-hosts": `grafana-${team}.apps.example.com` } },
  });

/** What the teams' stacks read. */
export const gateway = access.ref;
