import { kratosPorts } from "../kratos/config";
import { metricsPath } from "../prometheus/scope";
import { listen } from "./listen";

/** Port of the metrics, which is the only thing there. */
export const kratosMetricsPort = 4435;

/**
 * The server that hands out Kratos' metrics. Kratos has them only on its admin port, where whoever connects may also make
 * identities and end sessions.
 */
export function kratosMetricsServer(): string {
  return `  server {
    ${listen(kratosMetricsPort)}
    access_log off;
    location = ${metricsPath} {
      limit_except GET {
        deny all;
      }
      proxy_pass http://127.0.0.1:${kratosPorts.admin}/admin/metrics/prometheus;
    }
    location / {
      return 404;
    }
  }
`;
}
