import { kratosPorts } from "../kratos/config";
import { healthPath } from "./config";
import { nginxDocument } from "./document";

/** Port of the metrics, which is the only thing there. */
export const kratosMetricsPort = 4435;

/** Where Prometheus looks by default. */
export const metricsPath = "/metrics";

/**
 * Builds the configuration of the nginx beside Kratos that hands out its metrics. Kratos has them only on its admin port,
 * where whoever connects may also make identities and end sessions.
 */
export function kratosMetricsConfig(): string {
  return nginxDocument(
    64,
    `  access_log off;

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
`,
  );
}
