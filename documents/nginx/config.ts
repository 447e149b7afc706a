import type { Branding } from "../shared/branding";
import type { Duration } from "../shared/duration";
import { decisionContext, decisionServer, decisionsFolder, decisionSocket } from "./decisions";
import { answerFiles } from "./answers";
import {
  anotherAccountPath,
  accessDeniedContext,
  accessDeniedFiles,
  accessDeniedServer,
  type AccessDeniedInput,
} from "./accessDenied";
import { oathkeeperHealth, oathkeeperPorts } from "../oathkeeper/config";
import { publishedKeysFile, publishedKeysPath } from "../oathkeeper/signedIdentity";
import { metricsPath } from "../prometheus/scope";
import { errorLogCommands } from "./errorLog";
import { nginxCommand, nginxDocument, scriptModules } from "./document";
import { forwardDirectives, grpcForwardDirectives } from "./forwarding";
import { healthServer } from "./health";
import { gatherAuthorities, issuerKeysContext, issuerKeysServers, type KeysAddress } from "./issuerKeys";
import { findIpv6, listen } from "./listen";
import { nginxPorts } from "../rules/ports";
import { forwardingServer, requestContext, routedRequests } from "./requests";
import {
  emergencyFile,
  followerConfig,
  followerFolder,
  nginxScripts,
  optionsVariable,
  routeFiles,
  routesFile,
  routesInclude,
  routesOptions,
} from "./routes";
import { sessionCheckServer } from "./sessionCheck";
import { noMeans, type UpstreamMeans } from "./upstreamMeans";
import { whoamiUpstream, type KratosAddress } from "./whoami";

export interface NginxConfigInput {
  readonly kratos: KratosAddress;
  /** How long a decision is remembered, and so the delay until a revoked session is noticed. */
  readonly decisionLife: Duration | "off";
  /** Where a browser learns why it may not go on. */
  readonly accessDeniedUrl: string;
  readonly accessDenied: Omit<AccessDeniedInput, "folder" | "branding">;
  /** The look and the texts of pages. */
  readonly branding: Branding;
  /** The gateway's namespace. */
  readonly namespace: string;
  /** The folder with all of nginx' files, and the public keys of signed identities. */
  readonly folder: string;
  /**
   * The address of the keys of the cluster's service accounts.
   * @default no service account is a caller
   */
  readonly serviceAccountKeys?: KeysAddress | undefined;
  /**
   * What rules may name for connections to their upstreams.
   * @default nothing
   */
  readonly means?: UpstreamMeans;
}

/**
 * The proxy's command. Beside the nginx that forwards, it runs the process that follows the rules and the one that passes
 * the error log on, and restarts each of them when it ends.
 * @param issuerAuthorities file with certificate authorities of the issuers of bearer tokens, besides the image's own
 */
export function proxyCommand(folder: string, issuerAuthorities?: string): string[] {
  const nginx = (file: string) => nginxCommand(`${folder}/${file}`).join(" ");
  const follow = `while :; do rm -f ${followerFolder}/socket; ${nginx(routeFiles.follower)}; sleep 1; done`;
  const errors = errorLogCommands(folder);
  // Refused routes are still there after a restart, and would keep nginx from starting.
  const check = `${nginx(nginxFile)} -t -q || rm -f ${routesFile}`;
  // Old files take memory that nginx does not count.
  const files = `rm -rf ${decisionSocket} ${decisionsFolder}; ${errors.prepare}; mkdir -p ${followerFolder}; ${gatherAuthorities(issuerAuthorities)}; ${findIpv6(podPorts)}`;
  return [
    "sh",
    "-c",
    `${files}; ${keepMemory}; ${check}; (${follow}) & ${errors.pass} exec ${nginx(nginxFile)} ${errors.redirect}`,
  ];
}

/**
 * For each map that nginx reads, it allocates some three megabytes and frees them again. Keeping the memory for the next
 * map, instead of returning it to the kernel each time, saves more than half of a reload's processor time. Other C
 * libraries than glibc ignore these variables.
 * @see https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const keepMemory = "export MALLOC_TRIM_THRESHOLD_=4194304 MALLOC_MMAP_THRESHOLD_=1048576";

/** Ports on the pod's addresses. */
const podPorts = [
  nginxPorts.proxy,
  nginxPorts.health,
  nginxPorts.accessDenied,
  nginxPorts.keys,
  nginxPorts.metrics,
];

const nginxFile = "nginx.conf";

/** All configuration files of the nginx beside Oathkeeper, by name, without scripts and keys. */
export function nginxFiles(input: NginxConfigInput): Readonly<Record<string, string>> {
  const { branding, decisionLife, accessDeniedUrl, folder } = input;
  return {
    [nginxFile]: nginxConfig(input),
    [routeFiles.requests]: routedRequests,
    [routeFiles.server]: forwardingServer({ accessDeniedUrl, folder, branding, decisionLife }),
    [routeFiles.forward]: forwardDirectives(),
    [routeFiles.forwardGrpc]: grpcForwardDirectives(),
    [routeFiles.follower]: followerConfig(folder),
    [routeFiles.options]: JSON.stringify(
      routesOptions(folder, input.means ?? noMeans, input.accessDenied.secondFactor, input.namespace),
      null,
      2,
    ),
    ...accessDeniedFiles(branding),
    ...answerFiles({
      accountUrl: new URL("/", accessDeniedUrl).href,
      anotherAccountUrl: new URL(anotherAccountPath, accessDeniedUrl).href,
      branding,
    }),
  };
}

/**
 * Builds the main configuration: what every request needs and what a decision does, with the routes made from the rules;
 * and one server each for Oathkeeper's session checks, for the browsers that it refuses, for upstreams that verify signed
 * identities and for probes, and two for the keys of bearer tokens' issuers.
 * @see https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
 */
function nginxConfig(input: NginxConfigInput): string {
  const { branding, kratos, decisionLife, accessDenied, folder, serviceAccountKeys } = input;
  const { anotherAccount, issuerKeys, requests, metrics } = nginxScripts;
  return nginxDocument(
    8192,
    `${scriptModules(folder, { anotherAccount, issuerKeys, requests, metrics })}${optionsVariable(folder)}  # More than this is read into a second buffer, of those below: the default of 1k is too little for most browsers.
  client_header_buffer_size 8k;
  # A browser sends the cookies of the whole domain; the default of 8k would refuse some.
  large_client_header_buffers 8 128k;
  variables_hash_max_size 4096;
  map_hash_max_size 262144;
  map_hash_bucket_size 512;

${whoamiUpstream(kratos)}
${decisionContext(decisionLife)}
${requestContext(kratos.sessionCookie)}
${accessDeniedContext}
${issuerKeysContext(serviceAccountKeys)}
  include ${routesInclude};

${decisionServer(kratos, decisionLife)}
${sessionCheckServer(kratos)}
${accessDeniedServer(kratos, { ...accessDenied, folder, branding })}
${keysServer(folder)}
${metricsServer}
${issuerKeysServers}
${healthServer(nginxPorts.health, proxyHealth)}`,
    {
      modules: true,
      workers: 2,
      // After a change of the rules, an old worker stays for its WebSockets, and each worker has all routes in memory.
      main: `error_log ${emergencyFile} emerg;\nworker_shutdown_timeout 10m;\n`,
    },
  );
}

/** The proxy's API listens on an address that the kubelet cannot reach. */
const proxyHealth = Object.values(oathkeeperHealth)
  .map(
    (path) => `    location = ${path} {
      proxy_pass http://127.0.0.1:${oathkeeperPorts.api};
      proxy_pass_request_headers off;
    }
`,
  )
  .join("");

/** Serves the metrics of nginx and Oathkeeper to Prometheus. */
const metricsServer = `  server {
    ${listen(nginxPorts.metrics)}
    access_log off;
    location = ${metricsPath} {
      js_fetch_timeout 5s;
      js_content metrics.metrics;
    }
    location / {
      return 404;
    }
  }
`;

/** Serves the public keys that verify signed identities to everybody in the cluster. */
function keysServer(folder: string): string {
  return `  server {
    ${listen(nginxPorts.keys)}
    access_log off;
    location = ${publishedKeysPath} {
      alias ${folder}/${publishedKeysFile};
      types {
      }
      default_type application/json;
      add_header Cache-Control "max-age=300";
    }
    location / {
      return 404;
    }
  }
`;
}
