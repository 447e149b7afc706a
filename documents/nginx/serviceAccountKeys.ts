import { apiServerLocation } from "./apiServer";
import { nginxDocument } from "./document";
import { listen } from "./listen";

/** The API server's paths of the keys of the cluster's service accounts, and of their issuer. */
const paths = ["/openid/v1/jwks", "/.well-known/openid-configuration"];

/** The port and the path at which the proxies find the keys. */
export const serviceAccountKeysPort = 8082;
export const serviceAccountKeysPath = "/keys.json";

/** The address at which the script beside this nginx calls the API server. */
export const apiServerPort = 8083;

export interface ServiceAccountKeysInput {
  /** File of the certificate authority that verifies the API server. */
  readonly authorityFile: string;
  /** Folder of the file with the keys. */
  readonly keysFolder: string;
}

/**
 * Builds the configuration of the nginx that serves the keys of the cluster's service accounts. It also calls the API
 * server, for a script without a client that verifies certificates; the script provides the token for that.
 */
export function serviceAccountKeysConfig({ authorityFile, keysFolder }: ServiceAccountKeysInput): string {
  return nginxDocument(
    64,
    `  access_log off;

  server {
    ${listen(serviceAccountKeysPort)}
    location = ${serviceAccountKeysPath} {
      root ${keysFolder};
      types {
      }
      default_type application/json;
    }
    location / {
      return 404;
    }
  }

  server {
    listen 127.0.0.1:${apiServerPort};
${paths.map((path) => apiServerLocation(path, authorityFile, limits)).join("")}    location / {
      return 404;
    }
  }
`,
  );
}

const limits = `      proxy_connect_timeout 5s;
      proxy_read_timeout 5s;
`;
