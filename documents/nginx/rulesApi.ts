import { rulesApiPath } from "../oathkeeper/ruleSpec";
import { apiServerLocation } from "./apiServer";
import { nginxDocument } from "./document";
import { healthServer } from "./health";

/** `api` is for the containers of the same pod, `health` for the kubelet. */
export const rulesApiPorts = { api: 8082, health: 8083 } as const;

/**
 * Builds the configuration of the nginx beside the rule operator that forwards requests for Rules to the API server. It
 * verifies the API server's certificate, has no credentials of its own, and allows no changes.
 *
 * @param authorityFile certificates to verify the API server's with, as a PEM file
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
 */
export function rulesApiConfig(authorityFile: string): string {
  return nginxDocument(
    64,
    `  access_log off;

  server {
    listen 127.0.0.1:${rulesApiPorts.api};
${apiServerLocation(rulesApiPath, authorityFile, watched)}    location / {
      return 404;
    }
  }

${healthServer(rulesApiPorts.health)}`,
    // An open watch would keep it from ending.
    { main: "worker_shutdown_timeout 1s;\n" },
  );
}

/** Events of a watch are passed on as they arrive. */
const watched = `      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_ssl_verify_depth 3;
      proxy_buffering off;
      proxy_connect_timeout 2s;
      proxy_read_timeout 40s;
`;
