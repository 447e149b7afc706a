import { kratosPorts } from "../kratos/config";
import { metricsPath } from "../prometheus/scope";
import { listen } from "./listen";

/** Port of the metrics; nothing else is served there. */
export const kratosMetricsPort = 4435;

/**
 * The server of Kratos' metrics. Kratos has them only on its admin port, where any client may also create identities and
 * end sessions.
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
