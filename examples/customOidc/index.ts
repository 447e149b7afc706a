import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService } from "../../components";

const keycloak = "https://keycloak.example.com/realms";

/** Everybody in the realm with a verified address of the domain, and one auditor. */
const staff = new OidcClient("staff", {
  issuerUrl: `${keycloak}/staff`,
  label: "Staff",
  clientId: "portcullis",
  clientSecret: new Config().requireSecret("clientSecret"),
  admit: { emailDomains: ["example.com"], emails: ["auditor@partner.example"] },
});
/** Only these accounts; something else puts the client's secret into the gateway's namespace. */
const partners = new OidcClient("partners", {
  issuerUrl: `${keycloak}/partners`,
  label: "Partners",
  clientId: "portcullis",
  clientSecret: { secretName: "partners-client", key: "secret" },
  admit: "closed",
  identities: [{ subject: "0b5b8a1e-7d0e-4c62-9a4e-2f6c1d3e5a77", email: "carol@partner.example" }],
});

const traefik = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
};
const gateway = new AccessGateway("access", {
  domain: "apps.example.com",
  loginProviders: [staff, partners],
  route: { kind: "ingress", from: [traefik] },
  tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
  secondFactor: "optional",
});
const pods = { "app.kubernetes.io/name": "wiki" };
const upstream = { namespace: "wiki", name: "wiki", port: 80, targetPort: 8080, pods };

/** The redirect URIs to register, one at each realm. */
export const { callbackUrls } = gateway;
export const { url } = new ProtectedService("wiki", { gateway, upstream });
