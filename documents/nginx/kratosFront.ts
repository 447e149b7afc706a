import { posix } from "node:path";
import type { Branding } from "../shared/branding";
import { maxQuery, type BrowserEndpoint } from "../kratos/browserEndpoints";
import { kratosPorts } from "../kratos/config";
import type { EffectiveSignInLimits } from "../kratos/signInLimits";
import { nginxDocument } from "./document";
import { errorLogCommands } from "./errorLog";
import { frontPages } from "./frontPages";
import { healthServer, runningLocation } from "./health";
import { listen, nginxOnBoth } from "./listen";
import { kratosMetricsPort, kratosMetricsServer } from "./kratosMetrics";
import { kratosCookies, sentCookies } from "./kratosCookies";
import { clientContext } from "./frontClient";
import { frontLog, frontLogContext } from "./frontLog";
import { limitContext, limitHeader, limitUse } from "./kratosLimits";
import { pageSecurityPolicy } from "./page";
import { requestNameContext, requestNameHeader } from "./requestName";

/** Ports of the nginx beside Kratos; its metrics have a further port. */
export const frontPorts = { front: 4436, health: 4437 } as const;

/** The command of its container, which also starts the script that passes its error log on. */
export function frontCommand(configFile: string): string[] {
  const ports = [...Object.values(frontPorts), kratosMetricsPort];
  return nginxOnBoth(ports, configFile, errorLogCommands(posix.dirname(configFile)));
}

export interface KratosFrontInput {
  /** URL at which browsers reach Kratos, without a slash at the end. */
  readonly publicUrl: string;
  /** URL of the login UI, without a slash at the end. */
  readonly loginUiUrl: string;
  /** The look of the pages. */
  readonly branding: Branding;
  readonly endpoints: readonly BrowserEndpoint[];
  readonly limits: EffectiveSignInLimits;
  /** Name of the session cookie. */
  readonly sessionCookie: string;
  /** The folder with the files of {@link frontFiles}. */
  readonly folder: string;
  /** Whether Kratos' metrics are served too. */
  readonly metrics: boolean;
}

/** The front's pages, by the names of their files. */
export function frontFiles(loginUiUrl: string, branding: Branding): Readonly<Record<string, string>> {
  return Object.fromEntries(
    frontPages(loginUiUrl, branding).map(({ statuses, html }) => [fileOf(statuses[0]), html]),
  );
}

/**
 * @param status the first status of a page
 */
function fileOf(status: number): string {
  return `front-${status}.html`;
}

/**
 * Builds the configuration of the nginx beside Kratos, the only thing there that the ingress controller reaches. It lets
 * only the listed requests through, spelled exactly so, each with only the headers that Kratos needs from a browser: a
 * session token, a bearer token or an address in a header never reaches Kratos.
 * @see https://nginx.org/en/docs/http/ngx_http_limit_req_module.html
 */
export function kratosFrontConfig(input: KratosFrontInput): string {
  const { endpoints, limits, metrics } = input;
  return nginxDocument(
    2048,
    `  # One buffer is the longest request line and the longest header: a browser sends the cookies of the whole domain.
  large_client_header_buffers 2 ${maxLine};
  client_max_body_size ${maxBody};
  client_body_buffer_size ${maxBody};
  client_header_timeout 10s;
  client_body_timeout 10s;
  # Longer than ingress controllers and load balancers keep idle connections: they would send a request into one that just closed.
  keepalive_timeout 620s;
  keepalive_requests 100000;

  upstream kratos {
    server 127.0.0.1:${kratosPorts.public};
    keepalive 32;
  }

${endpointMap(endpoints)}
  map $args $query_is_too_long {
    "~^.{${maxQuery + 1}}" 1;
    "~(?:[${escaped}][^${escaped}]*+){${maxEscaped + 1}}" 1;
    default "";
  }
  map "$http_accept$http_content_type$http_origin$http_user_agent" $headers_are_too_long {
    "~^.{${maxHeaders + 1}}" 1;
    default "";
  }
${kratosCookies(input.sessionCookie)}
${clientContext(limits)}${limitContext(limits)}
${requestNameContext}
${frontLogContext}
${frontServer(input)}
${healthServer(frontPorts.health)}${metrics ? `\n${kratosMetricsServer()}` : ""}`,
  );
}

const maxLine = "128k";
const maxBody = "64k";
/** The maximum total length of the headers that Kratos gets besides cookies. */
const maxHeaders = 2048;
/** The maximum number of characters in a query that become several times as long as JSON in JSON. */
const maxEscaped = 64;
const escaped = "<>&\\x22\\x5c\\x80-\\xff";

/** The path as the client spelled it, so that no other spelling matches an endpoint. */
function endpointMap(endpoints: readonly BrowserEndpoint[]): string {
  const lines = endpoints.map(
    ({ method, path, action }) => `    "~^${method} ${path.replaceAll(".", "\\.")}(?:\\?|$)" ${action};`,
  );
  return `  map "$request_method $request_uri" $action {
${lines.join("\n")}
    default "";
  }
`;
}

/**
 * `Host` and the scheme are the gateway's own: Kratos stores the URL of a request, and trusts headers.
 * @see https://www.ory.com/docs/kratos/guides/configuring-csrf
 */
function frontServer(input: KratosFrontInput): string {
  const { branding, publicUrl, loginUiUrl, limits, folder } = input;
  const { host, protocol } = new URL(publicUrl);
  const pages = frontPages(loginUiUrl, branding);
  return `  server {
    ${listen(frontPorts.front)}
    absolute_redirect off;
    ${frontLog}
    ${requestNameHeader}
    error_page 494 =431 /${fileOf(431)};
${pages.map(({ statuses }) => `    error_page ${statuses.join(" ")} /${fileOf(statuses[0])};\n`).join("")}
${runningLocation}
    location / {
      if ($action = "") {
        return 404;
      }
      if ($query_is_too_long) {
        return 414;
      }
      if ($headers_are_too_long) {
        return 431;
      }
${limitUse(limits)}      proxy_pass http://kratos;
      proxy_http_version 1.1;
      proxy_redirect off;
      proxy_pass_request_headers off;
      proxy_set_header Host ${host};
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-Proto ${protocol.slice(0, -1)};
      proxy_set_header X-Forwarded-For $client_address;
      proxy_set_header Accept $http_accept;
      proxy_set_header Content-Type $content_type;
      proxy_set_header Cookie ${sentCookies};
      proxy_set_header Origin $http_origin;
      proxy_set_header User-Agent $http_user_agent;
      proxy_set_header X-Request-Id $x_request_id;
      # Kratos sets several cookies in one answer.
      proxy_buffer_size 32k;
      proxy_buffers 8 32k;
      proxy_connect_timeout 2s;
      # Where Kratos has no database for an error, it tells the browser what the database said.
      proxy_intercept_errors on;
    }

    location ~ ^/front-\\d+\\.html$ {
      internal;
      root ${folder};
      default_type text/html;
      charset utf-8;
      ssi on;
      add_header Cache-Control no-store always;
      add_header Content-Security-Policy "${pageSecurityPolicy(branding, false)}" always;
${limitHeader(limits)}      add_header X-Content-Type-Options nosniff always;
      ${requestNameHeader}
    }
  }
`;
}
