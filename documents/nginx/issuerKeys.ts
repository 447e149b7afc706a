import { serviceAccountsName } from "../rules/issuerKeys";
import { nginxPorts } from "../rules/ports";
import { imageAuthoritiesFile } from "./imageAuthorities";

/** Seconds for which an issuer's cached keys count as complete, and so the delay until a new key is noticed. */
const keysLife = 30;

/** The pod's name servers, as an nginx directive: at run time, nginx uses only name servers from its configuration. */
export const nameServersFile = "/tmp/name-servers.conf";

/** The authorities of the image, and the gateway's own authorities for issuers. */
const trustedFile = "/tmp/issuers.pem";

/** Command that collects the certificate authorities for issuers. */
export function gatherAuthorities(own?: string): string {
  return `cat ${[imageAuthoritiesFile, ...(own === undefined ? [] : [own])].join(" ")} >${trustedFile}`;
}

const withoutClient = `      proxy_method GET;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Buffering X-Accel-Charset X-Accel-Expires X-Accel-Limit-Rate X-Accel-Redirect;
`;

/** The address of the keys of the cluster's service accounts. */
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
  js_var $keys_bytes 0;
  limit_req_zone $request_uri zone=issuer_fetches:1m rate=${60 / keysLife}r/m;
`;
}

/**
 * The servers between the proxy and the issuers of bearer tokens: a cache, and behind it the one that fetches. The proxy
 * fetches keys whenever a token names an unknown key, and anybody can send such tokens.
 *
 * - An issuer is called once in {@link keysLife} seconds at most, and twice after a time without requests, whatever the
 *   number of requests and whatever it answers.
 * - While it does not answer, the last keys stay.
 * - Anything but keys is a 404 for the proxy, which would retry five times after a 500.
 * - An answer is cut off where it is larger than keys are: it would fill the memory.
 * - Redirects are not followed: they would bypass the cache, and lead to whatever the proxy can reach.
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
      js_header_filter issuerKeys.forgetLength;
      js_body_filter issuerKeys.limit buffer_type=buffer;
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
