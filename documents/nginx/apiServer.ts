/** A name that every API server's certificate contains. */
const apiServer = "kubernetes.default.svc";

/**
 * A location that forwards GET requests for one path to the Kubernetes API server, and verifies its certificate. The nginx
 * has no credentials of its own: the client brings a token.
 *
 * @param authorityFile certificates to verify the API server's with, as a PEM file
 * @param more directives of only this path, each line indented by six spaces
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
 */
export function apiServerLocation(path: string, authorityFile: string, more: string): string {
  return `    location = ${path} {
      limit_except GET {
        deny all;
      }
      proxy_pass https://${apiServer};
      proxy_ssl_name ${apiServer};
      proxy_ssl_server_name on;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${authorityFile};
      # busybox' nc closes its half of the connection with the request.
      proxy_ignore_client_abort on;
${more}    }
`;
}
