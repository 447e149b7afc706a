/** Answers the kubelet's probes with 200 while nginx runs. */
export const healthPath = "/health";

/**
 * The server that the kubelet asks.
 * @param more further locations
 */
export function healthServer(port: number, more = ""): string {
  return `  server {
    listen ${port};
    access_log off;
    location = ${healthPath} {
      return 200;
    }
${more}    location / {
      return 404;
    }
  }
`;
}
