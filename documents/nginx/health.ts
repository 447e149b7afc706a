import { noAnswerPages } from "./answers";
import { listen } from "./listen";

/** Answers the kubelet's probes with 200 while nginx runs. */
export const healthPath = "/health";

/**
 * The server for the kubelet's probes.
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

/** The path at which a load balancer checks every pod that browsers reach, with any host: no service has a path below it. */
export const loadBalancerHealthPath = "/.portcullis/health";

/** Answers a load balancer with 200 while nginx runs: a pod that is not ready is not behind the Service. */
export const runningLocation = `    location = ${loadBalancerHealthPath} {
      access_log off;
      add_header Cache-Control no-store;
      return 200 "";
    }
`;

/**
 * Answers a load balancer with 200 while the pod can decide on requests, with 503 otherwise, and with nothing else.
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
    ${noAnswerPages}
    return 503 "";
  }
`;
}
