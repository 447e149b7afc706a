import { apiServerLocation } from "./apiServer";
import { nginxDocument } from "./document";
import { listen } from "./listen";

/** Where the API server has the keys of the cluster's service accounts, and where it says who their issuer is. */
const paths = ["/openid/v1/jwks", "/.well-known/openid-configuration"];

/** The keys as the proxies find them. */
export const serviceAccountKeysPort = 8082;
export const serviceAccountKeysPath = "/keys.json";

/** Where the script beside this nginx asks the API server. */
export const apiServerPort = 8083;

export interface ServiceAccountKeysInput {
  /** File of the certificate authority that the API server is checked by. */
  readonly authorityFile: string;
  /** Folder of the file with the keys. */
  readonly keysFolder: string;
}

/**
 * Builds the configuration of the nginx that hands out the keys of the cluster's service accounts. It also asks the API
 * server, for a script without a client that checks certificates; the script brings the token that this needs.
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
