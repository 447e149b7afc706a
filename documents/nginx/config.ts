import type { Duration } from "../shared/duration";
import { doorContext, doorServer, type DoorInput } from "./door";
import { oathkeeperHealth, oathkeeperPorts } from "../oathkeeper/config";
import { publishedKeysFile, publishedKeysPath } from "../oathkeeper/signedIdentity";
import { nginxDocument } from "./document";
import { healthServer } from "./health";
import { issuerKeysContext, issuerKeysServers, type KeysAddress } from "./issuerKeys";
import { nginxPorts } from "./ports";
import { sessionCheckContext, sessionCheckServers } from "./sessionCheck";
import { whoamiUpstream, type KratosAddress } from "./whoami";

export interface NginxConfigInput {
  readonly kratos: KratosAddress;
  /** How long a valid session is believed, and so how late a revoked one is noticed. */
  readonly sessionLife: Duration | "off";
  readonly door: DoorInput;
  /** The folder with the public keys of signed identities. */
  readonly keysFolder: string;
  /**
   * Where the keys of the cluster's service accounts are.
   * @default no service account is a caller
   */
  readonly serviceAccountKeys?: KeysAddress | undefined;
}

/** Command of the container: the log goes to stderr from the first line on, whatever the image was built with. */
export function nginxCommand(configFile: string): string[] {
  return ["nginx", "-e", "stderr", "-c", configFile];
}

/**
 * Builds the configuration of the nginx beside the proxy: servers for the proxy's session checks, one for the browsers
 * it refuses, one for upstreams that check signed identities, two for the keys of bearer tokens' issuers, one for probes.
 * @see https://nginx.org/en/docs/http/ngx_http_proxy_module.html
 */
export function nginxConfig(input: NginxConfigInput): string {
  const { kratos, sessionLife, door, keysFolder, serviceAccountKeys } = input;
  return nginxDocument(
    1024,
    `  # A browser sends the cookies of the whole domain; the default of 8k would refuse some.
  large_client_header_buffers 4 64k;

${whoamiUpstream(kratos)}
${sessionCheckContext(sessionLife)}
${doorContext}
${issuerKeysContext(serviceAccountKeys)}
${sessionCheckServers(kratos, sessionLife)}
${doorServer(kratos, door)}
${keysServer(keysFolder)}
${issuerKeysServers}
${healthServer(nginxPorts.health, proxyHealth)}`,
  );
}

/** The proxy's API listens where the kubelet cannot ask. */
const proxyHealth = Object.values(oathkeeperHealth)
  .map(
    (path) => `    location = ${path} {
      proxy_pass http://127.0.0.1:${oathkeeperPorts.api};
      proxy_pass_request_headers off;
    }
`,
  )
  .join("");

/** Tells everybody in the cluster the public keys that signed identities are checked by. */
function keysServer(folder: string): string {
  return `  server {
    listen ${nginxPorts.keys};
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
