import { serviceAccountsName } from "../rules/issuerKeys";
import { nginxPorts } from "../rules/ports";

/** Seconds for which an issuer's keys are taken as all that it has, and so how late a new one is noticed. */
const keysLife = 30;

/** The pod's name servers, in nginx' words: it looks names up at run time only by servers that it is told. */
export const nameServersFile = "/tmp/name-servers.conf";

/** The certificate authorities of the nginx image. */
const authoritiesFile = "/etc/ssl/certs/ca-certificates.crt";

/** Those, and what the gateway has of its own for issuers. */
const trustedFile = "/tmp/issuers.pem";

/** Command that puts together what issuers are known by. */
export function gatherAuthorities(own?: string): string {
  return `cat ${[authoritiesFile, ...(own === undefined ? [] : [own])].join(" ")} >${trustedFile}`;
}

const withoutClient = `      proxy_method GET;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Buffering X-Accel-Charset X-Accel-Expires X-Accel-Limit-Rate X-Accel-Redirect;
`;

/** Where the keys of the cluster's service accounts are. */
export interface KeysAddress {
  /** A Service, as `name.namespace.svc`. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** What {@link issuerKeysServers} need in the context `http`. */
export function issuerKeysContext(keys?: KeysAddress): string {
  const ofServiceAccounts = (value: (keys: KeysAddress) => string) =>
    keys ? `    /${serviceAccountsName} ${value(keys)};\n` : "";
  return `  # Names of Services are complete only with the cluster's own domain, which the file tells as $cluster_domain.
  include ${nameServersFile};
  map $request_uri $keys_scheme {
${ofServiceAccounts(() => "http")}    "~^/(https?)/" $1;
    default "";
  }
  map $request_uri $keys_authority {
${ofServiceAccounts(({ host, port }) => `${host}:${port}`)}    "~^/https?/([a-z0-9.-]+(?::[0-9]+)?)/" $1;
    default "";
  }
  map $keys_authority $keys_host {
    "~^([^:]+)" $1;
    default "";
  }
  map $keys_authority $keys_port {
    "~(:[0-9]+)$" $1;
    default "";
  }
  map $request_uri $keys_path {
${ofServiceAccounts(({ path }) => path)}    "~^/https?/[^/]+(/.*)$" $1;
    default "";
  }
  map $keys_host $keys_name {
    "~[.]svc$" $keys_host$cluster_domain;
    default $keys_host;
  }
  # Only the proxy asks for keys; what it forwards for a client has an address.
  map "$keys_scheme:$keys_authority:$http_x_forwarded_for" $keys_url {
    "~^https:(?:[a-z0-9-]+[.])+[a-z][a-z0-9-]*(?::[0-9]+)?:$" $keys_scheme://$keys_name$keys_port$keys_path;
    "~^http:[^:]+[.]svc(?::[0-9]+)?:$" $keys_scheme://$keys_name$keys_port$keys_path;
    default "";
  }

  proxy_cache_path /tmp/issuer-keys levels=1 keys_zone=issuer_keys:1m max_size=8m inactive=1d use_temp_path=off;
  limit_req_zone $request_uri zone=issuer_fetches:1m rate=${60 / keysLife}r/m;
`;
}

/**
 * The servers between the proxy and the issuers of bearer tokens: a cache, and behind it what fetches. The proxy asks for
 * keys whenever a token names a key that it does not know, and anybody can send such tokens.
 *
 * - An issuer is asked once in {@link keysLife} seconds at most, and twice after a while without questions, however
 *   many ask and whatever it answers.
 * - While it does not answer, the last keys stay.
 * - Anything but keys is 404 for the proxy, which would ask five times over after an answer of 500.
 * - No redirect is followed: it would lead around the cache, and to whatever the proxy can reach.
 */
export const issuerKeysServers = `  server {
    listen 127.0.0.1:${nginxPorts.issuerKeys};
    access_log off;
    location / {
      if ($keys_url = "") {
        return 404;
      }
      proxy_pass http://127.0.0.1:${nginxPorts.issuerFetches};
      proxy_cache issuer_keys;
      proxy_cache_key $request_uri;
      proxy_cache_valid 200 ${keysLife}s;
      proxy_cache_lock on;
      proxy_cache_use_stale error timeout invalid_header updating http_500 http_502 http_503 http_504;
${withoutClient}      proxy_intercept_errors on;
      error_page 301 302 303 307 308 400 401 403 405 410 429 500 502 503 504 =404 @no_keys;
    }
    location @no_keys {
      return 404;
    }
  }

  server {
    listen 127.0.0.1:${nginxPorts.issuerFetches};
    access_log off;
    location / {
      limit_req zone=issuer_fetches burst=1 nodelay;
      proxy_pass $keys_url;
      proxy_http_version 1.1;
      proxy_set_header Host $keys_authority;
      proxy_set_header Connection "";
      proxy_ssl_name $keys_host;
      proxy_ssl_server_name on;
      proxy_ssl_verify on;
      proxy_ssl_verify_depth 5;
      proxy_ssl_trusted_certificate ${trustedFile};
      proxy_connect_timeout 2s;
      proxy_send_timeout 2s;
      proxy_read_timeout 4s;
      resolver_timeout 2s;
${withoutClient}    }
  }
`;
