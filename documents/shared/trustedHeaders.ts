/**
 * Headers by which software trusts a proxy in front of it, and the software that does. A request with one of them is
 * refused: a client that sends one wants to pass as somebody else, or to request something other than what the gateway
 * checked.
 *
 * Headers that ingress controllers write themselves are not here: the client's address and certificate, host, scheme and
 * path prefix. The ingress controller has to keep clients from sending those.
 */
export const refusedHeaders: Readonly<Record<string, string>> = {
  "X-Webauth-User": "Grafana, Gitea, Forgejo",
  "X-Webauth-Email": "Gitea, Forgejo",
  "X-Webauth-Fullname": "Gitea, Forgejo",
  "X-Webauth-Name": "Grafana",
  "X-Webauth-Role": "Grafana",
  "X-Webauth-Groups": "Grafana",
  "Remote-User": "Django, NetBox, Paperless; services behind Authelia",
  "Remote-Email": "services behind Authelia",
  "Remote-Name": "services behind Authelia",
  "Remote-Groups": "services behind Authelia",
  "X-Remote-User": "API servers that Kubernetes aggregates",
  "X-Remote-Group": "API servers that Kubernetes aggregates",
  "X-Forwarded-User": "Jenkins; services behind oauth2-proxy",
  "X-Forwarded-Email": "SonarQube; services behind oauth2-proxy",
  "X-Forwarded-Groups": "SonarQube, Jenkins; services behind oauth2-proxy",
  "X-Forwarded-Preferred-Username": "services behind oauth2-proxy",
  "X-Forwarded-Access-Token": "services behind oauth2-proxy",
  "X-Forwarded-Login": "SonarQube",
  "X-Forwarded-Name": "SonarQube",
  "X-Auth-Request-User": "services behind oauth2-proxy",
  "X-Auth-Request-Email": "services behind oauth2-proxy",
  "X-Auth-Request-Groups": "services behind oauth2-proxy",
  "X-Auth-Request-Preferred-Username": "services behind oauth2-proxy",
  "X-Auth-Request-Access-Token": "services behind oauth2-proxy",
  "X-Authentik-Username": "services behind authentik",
  "X-Authentik-Email": "services behind authentik",
  "X-Authentik-Name": "services behind authentik",
  "X-Authentik-Uid": "services behind authentik",
  "X-Authentik-Groups": "services behind authentik",
  "X-Authentik-Entitlements": "services behind authentik",
  "X-Vouch-User": "services behind Vouch",
  "X-Pomerium-Claim-Email": "services behind Pomerium",
  "X-Pomerium-Claim-Groups": "services behind Pomerium",
  "X-Consumer-Id": "services behind Kong",
  "X-Consumer-Custom-Id": "services behind Kong",
  "X-Consumer-Username": "services behind Kong or APISIX",
  "X-Consumer-Groups": "services behind Kong",
  "X-Credential-Identifier": "services behind Kong or APISIX",
  "X-Authenticated-Userid": "services behind Kong",
  "X-Authenticated-Groups": "services behind Kong",
  "X-Proxy-User": "OpenSearch",
  "X-Proxy-Roles": "OpenSearch",
  "X-Original-Url": "frameworks that run on IIS",
  "X-Rewrite-Url": "frameworks that run on IIS, Yii",
  "X-Original-Method": "programs that nginx' auth_request asks",
  "X-Middleware-Subrequest": "Next.js",
  "X-Sendfile-Type": "Rack, Symfony",
  "X-Accel-Mapping": "Rack, Symfony",
  Proxy: "CGI programs, as HTTP_PROXY",
};

/**
 * More such headers, which are sent without bad intent by client libraries, and by a cloud's own proxy in front of the
 * ingress controller that cannot be configured to omit them. The upstream does not get them.
 */
export const droppedHeaders: Readonly<Record<string, string>> = {
  "X-Http-Method-Override": "Rails, Symfony, Laravel, Yii, ASP.NET Core, Google's APIs",
  "X-Http-Method": "OData services",
  "X-Method-Override": "Express' method-override",
  "Cf-Access-Authenticated-User-Email": "services behind Cloudflare Access",
  "X-Goog-Authenticated-User-Email": "services behind Google's IAP",
  "X-Goog-Authenticated-User-Id": "services behind Google's IAP",
  "X-Amzn-Oidc-Identity": "services behind a load balancer of AWS",
  "X-Ms-Client-Principal": "services behind Azure App Service",
  "X-Ms-Client-Principal-Id": "services behind Azure App Service",
  "X-Ms-Client-Principal-Name": "services behind Azure App Service",
  "Tailscale-User-Login": "services behind Tailscale Serve",
};

/** Every header that no upstream gets from a client, as Go spells them. */
export const trustedHeaderNames = [...Object.keys(refusedHeaders), ...Object.keys(droppedHeaders)];
