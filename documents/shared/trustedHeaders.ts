/**
 * Headers by which software believes a proxy in front of it, and which software that is. A request that has one is
 * refused: whoever sends them to the gateway wants to be somebody else, or to ask for something else than it has judged.
 *
 * Not here are headers that ingress controllers write themselves: the client's address and certificate, host, scheme and
 * path prefix. Those are theirs to keep from clients.
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
  "X-Vouch-User": "services behind Vouch",
  "X-Pomerium-Claim-Email": "services behind Pomerium",
  "X-Consumer-Username": "services behind Kong",
  "X-Consumer-Custom-Id": "services behind Kong",
  "X-Authenticated-Userid": "services behind Kong",
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
 * More of the kind, which come without anybody's ill will: from libraries of clients, and from a cloud's own proxy in
 * front of the ingress controller, that cannot be told to leave them out. The upstream does not get them.
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
