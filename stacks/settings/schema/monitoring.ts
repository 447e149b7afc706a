import { z } from "zod";
import { labels } from "./fields";

/** Scraping, alerts and a dashboard. */
export const monitoring = z.strictObject({
  serviceMonitors: z
    .boolean({ error: "Write serviceMonitors: true, or serviceMonitors: false for none." })
    .meta({ description: "Whether metrics are scraped; needs metricsFrom." }),
  alerts: z
    .boolean({ error: "Write alerts: true, or alerts: false for none." })
    .meta({ description: "Whether alerts are created; needs metricsFrom." }),
  dashboard: z
    .boolean()
    .meta({ description: "Whether a dashboard for Grafana is created.", byDefault: false })
    .exactOptional(),
  operator: z
    .enum(["prometheus", "victoriaMetrics"])
    .meta({
      description: "Operator whose objects are created.",
      byDefault: "prometheus",
      typeName: "MonitoringOperator",
    })
    .exactOptional(),
  labels: labels
    .meta({ description: "Labels by which the operator finds its objects.", absent: "none" })
    .exactOptional(),
});
