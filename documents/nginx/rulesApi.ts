import { rulesApiPath } from "../oathkeeper/ruleSpec";
import { apiServerLocation } from "./apiServer";
import { nginxDocument } from "./document";
import { healthServer } from "./health";

/** `api` is for the containers of the same pod, `health` for the kubelet. */
export const rulesApiPorts = { api: 8082, health: 8083 } as const;

/**
 * Builds the configuration of the nginx beside the rule operator that carries questions about Rules to the API server. It
 * checks the certificate of that, has no credentials of its own, and lets nothing be changed.
 *
 * @param authorityFile certificates that the API server's is checked by, as a PEM file
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
    // A watch that is still open would keep it from ending.
    { main: "worker_shutdown_timeout 1s;\n" },
  );
}

/** An event of a watch goes on as it comes. */
const watched = `      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_ssl_verify_depth 3;
      proxy_buffering off;
      proxy_connect_timeout 2s;
      proxy_read_timeout 40s;
`;
