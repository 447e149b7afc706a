import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { withBrowsers } from "../cli/verify/browser";
import { people } from "../cli/verify/signIn";
import { Failure } from "../cli/shared/failure";
import { ISSUER_CLIENT_ID, issuerUrl } from "../dev/fixtures/deploy";
import { imageNames } from "../dev/images";
import { DEVELOPMENT_ZONE } from "../dev/instances";
import { binary } from "../dev/node/binaries";
import type { Gateway } from "./gateway";
import { OAUTH2_PROXY_HOST, oauth2ProxyHost, oauth2ProxyRedirectUri } from "./oauth2ProxyAddress";
import { part } from "./objects";

/** A separate namespace: the program comes from the machine's disk, which the gateway's namespace forbids. */
export const OAUTH2_PROXY_NAMESPACE = "bench-oauth2-proxy";
export const OAUTH2_PROXY = "oauth2-proxy";
const PORT = 4180;
const PROGRAM_FOLDER = "/program";
/** Also the prefix of its parts, if the session is longer than a cookie may be. */
const SESSION_COOKIE = "_oauth2_proxy";

/**
 * oauth2-proxy in front of an upstream, as its documentation shows it: sessions in a cookie, its log on, no CPU limit.
 * @see https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview
 */
export async function oauth2ProxyObjects(gateway: Gateway, upstreamUrl: string): Promise<object[]> {
  const { cluster, devStack } = gateway;
  if (cluster.kind !== "embedded") {
    throw new Failure(
      "The benchmark's oauth2-proxy runs from this machine's disk: only on the embedded node.",
    );
  }
  const labels = { ...part, "app.kubernetes.io/name": OAUTH2_PROXY };
  const metadata = { name: OAUTH2_PROXY, namespace: OAUTH2_PROXY_NAMESPACE, labels };
  const program = await binary("oauth2-proxy");
  const issuer = issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: cluster.instance.port });
  const backend = { service: { name: OAUTH2_PROXY, port: { number: PORT } } };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: OAUTH2_PROXY_NAMESPACE, labels } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      stringData: {
        OAUTH2_PROXY_CLIENT_SECRET: await devStack.clientSecret(),
        OAUTH2_PROXY_COOKIE_SECRET: randomBytes(16).toString("hex"),
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            containers: [
              {
                name: OAUTH2_PROXY,
                image: imageNames.busybox,
                command: [
                  `${PROGRAM_FOLDER}/oauth2-proxy`,
                  "--provider=oidc",
                  `--oidc-issuer-url=${issuer}`,
                  `--client-id=${ISSUER_CLIENT_ID}`,
                  `--redirect-url=${oauth2ProxyRedirectUri(cluster.instance)}`,
                  "--skip-provider-button",
                  "--email-domain=*",
                  "--cookie-secure=false",
                  "--reverse-proxy",
                  `--http-address=0.0.0.0:${PORT}`,
                  `--upstream=${upstreamUrl}`,
                ],
                envFrom: [{ secretRef: { name: OAUTH2_PROXY } }],
                ports: [{ name: "http", containerPort: PORT }],
                readinessProbe: { httpGet: { path: "/ping", port: "http" }, periodSeconds: 2 },
                volumeMounts: [{ name: "program", mountPath: PROGRAM_FOLDER, readOnly: true }],
              },
            ],
            volumes: [{ name: "program", hostPath: { path: dirname(program) } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ name: "http", port: PORT }] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: {
        ingressClassName: "traefik",
        rules: [{ host: OAUTH2_PROXY_HOST, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    },
  ];
}

/** The Cookie header of a person who has signed in through it. */
export async function oauth2ProxyCookie({ cluster }: Gateway): Promise<string> {
  const page = `http://${oauth2ProxyHost(cluster.instance)}/`;
  return withBrowsers([], async (fresh) => {
    const browser = fresh();
    await browser.press(await browser.open(page), { fields: { login: people.admitted } });
    const cookies = (await browser.cookies.getCookies(page)).filter(({ key }) =>
      key.startsWith(SESSION_COOKIE),
    );
    if (cookies.length === 0) throw new Failure(`Nobody could sign in at ${page}.`);
    return cookies.map((cookie) => cookie.cookieString()).join("; ");
  });
}
