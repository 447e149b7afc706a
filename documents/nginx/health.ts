import { noAnswerPages } from "./answers";
import { listen } from "./listen";

/** Answers the kubelet's probes with 200 while nginx runs. */
export const healthPath = "/health";

/**
 * The server that the kubelet asks.
 * @param more further locations
 */
export function healthServer(port: number, more = ""): string {
  return `  server {
    ${listen(port)}
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

/** Where a load balancer asks every pod that browsers reach, whatever host it names: below what no service has. */
export const loadBalancerHealthPath = "/.portcullis/health";

/** Answers a load balancer with 200 while nginx runs: whoever is not ready is none of the Service's pods. */
export const runningLocation = `    location = ${loadBalancerHealthPath} {
      access_log off;
      add_header Cache-Control no-store;
      return 200 "";
    }
`;

/**
 * Answers a load balancer with 200 while the pod can decide on requests and 503 otherwise, and with nothing else.
 * @param ready path at which Oathkeeper says whether it has rules
 */
export function proxyHealthLocations(ready: string): string {
  const asked = "/.portcullis/ready";
  return `  location = ${loadBalancerHealthPath} {
    access_log off;
    auth_request ${asked};
    error_page 401 403 500 = @unhealthy;
    try_files /nothing @healthy;
  }
  location = ${asked} {
    internal;
    ${noAnswerPages}
    proxy_pass http://oathkeeper${ready};
    proxy_pass_request_headers off;
    proxy_pass_request_body off;
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_connect_timeout 1s;
    proxy_read_timeout 1s;
  }
  location @healthy {
    access_log off;
    add_header Cache-Control no-store;
    return 200 "";
  }
  location @unhealthy {
    access_log off;
    add_header Cache-Control no-store always;
    error_page 418 = @unavailable;
    return 503 "";
  }
`;
}
