import { kratosPorts } from "../kratos/config";
import { healthPath } from "./config";

/** Port of the metrics, which is the only thing there. */
export const kratosMetricsPort = 4435;

/** Where Prometheus looks by default. */
export const metricsPath = "/metrics";

/**
 * Builds the configuration of the nginx beside Kratos that hands out its metrics. Kratos has them only on its admin port,
 * where whoever connects may also make identities and end sessions.
 */
export function kratosMetricsConfig(): string {
  return `daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;

events {
  worker_connections 64;
}

http {
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server_tokens off;
  access_log off;

  server {
    listen ${kratosMetricsPort};
    location = ${metricsPath} {
      limit_except GET {
        deny all;
      }
      proxy_pass http://127.0.0.1:${kratosPorts.admin}/admin/metrics/prometheus;
    }
    location = ${healthPath} {
      return 200;
    }
    location / {
      return 404;
    }
  }
}
`;
}
