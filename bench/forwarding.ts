import { posix } from "node:path";
import { configFolder } from "../components/accessProxy/containers";
import { whoamiPath } from "../documents/kratos/config";
import { defaultSessionCookie } from "../documents/shared/cookies";
import { fetchedRulesFile } from "../documents/nginx/routes";
import { oathkeeperPorts, type OathkeeperConfig } from "../documents/oathkeeper/config";
import type { Container } from "./objects";

const SESSION_CHECK_PORT = 4470;
export const SESSION_CHECK_FILE = "bench-session-check.conf";
/** Where its nginx writes. */
export const forwardingVolume = { name: "bench-session-check", emptyDir: {} } as const;

/**
 * The arrangement before nginx forwarded: Oathkeeper is the reverse proxy, and asks an nginx in its pod that caches
 * a valid session for five seconds. Pinned as it was, so that the gain stays visible.
 */
export function forwardingConfig(config: OathkeeperConfig): object {
  const { authenticators, mutators, serve, ...rest } = config;
  const { cookie_session: session } = authenticators;
  return {
    ...rest,
    serve: { ...serve, proxy: { port: oathkeeperPorts.proxy, trust_forwarded_headers: true } },
    access_rules: { ...config.access_rules, repositories: [`file://${fetchedRulesFile}`] },
    mutators: { ...mutators, cookie: { enabled: true, config: { cookies: { [defaultSessionCookie]: "" } } } },
    authenticators: {
      ...authenticators,
      cookie_session: {
        ...session,
        config: {
          ...session.config,
          check_session_url: `http://127.0.0.1:${SESSION_CHECK_PORT}${whoamiPath}`,
        },
      },
    },
  };
}

/** Oathkeeper reads the rules as they are, without nginx; beside it is the nginx that caches sessions. */
export function forwardingContainers(containers: readonly Container[]): readonly Container[] {
  const nginx = containers.find(({ image }) => image.includes("nginx"));
  return containers.flatMap((one) => {
    if (one.name !== "oathkeeper") return [one];
    const volumeMounts = [
      ...(one.volumeMounts ?? []),
      { name: "fetched-rules", mountPath: posix.dirname(fetchedRulesFile), readOnly: true },
    ];
    const sessionCheck = {
      ...one,
      name: "bench-session-check",
      image: nginx?.image ?? "",
      args: [],
      // The node has no room for more.
      resources: { requests: { cpu: "10m", memory: "8Mi" } },
      command: ["nginx", "-e", "stderr", "-c", `${configFolder}/${SESSION_CHECK_FILE}`],
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        { name: forwardingVolume.name, mountPath: "/tmp" },
      ],
    };
    const unprobed = { startupProbe: undefined, readinessProbe: undefined, livenessProbe: undefined };
    return [
      { ...one, volumeMounts, ...unprobed },
      { ...sessionCheck, ...unprobed },
    ];
  });
}

/**
 * The nginx that cached sessions, as it was.
 * @param kratos host and port of Kratos' public Service
 */
export function sessionCheckConfig(kratos: string): string {
  return `daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  client_body_temp_path /tmp/client_body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  large_client_header_buffers 4 64k;
  map $http_cookie $session {
    "~(?:^|;\\s*)${defaultSessionCookie}=([A-Za-z0-9_=-]+)(?:;|$)" $1;
    default "";
  }
  upstream kratos { server ${kratos}; keepalive 16; }
  map $status $granted { 200 1; default 0; }
  log_format audit escape=json
    '{"time":"$time_iso8601","audit":"access granted","host":"$http_x_forwarded_host",'
    '"client":"$http_x_forwarded_for","identity":"$upstream_http_x_kratos_authenticated_identity_id",'
    '"cache":"$upstream_cache_status"}';
  proxy_cache_path /tmp/sessions levels=1 keys_zone=sessions:4m max_size=64m inactive=5s use_temp_path=off;
  server {
    listen 127.0.0.1:${SESSION_CHECK_PORT};
    access_log /dev/stdout audit if=$granted buffer=64k flush=1s;
    location = ${whoamiPath} {
      if ($session = "") { return 401; }
      proxy_cache sessions;
      proxy_cache_key $session;
      proxy_cache_valid 200 5s;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 25ms;
      set $args "";
      proxy_pass http://kratos;
      proxy_http_version 1.1;
      proxy_method GET;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header Accept application/json;
      proxy_set_header Cookie ${defaultSessionCookie}=$session;
    }
    location / { return 444; }
  }
}
`;
}
