import { z } from "zod";
import { labels } from "./fields";

/** Scraping, alerts and a dashboard. */
export const monitoring = z.strictObject({
  serviceMonitors: z
    .boolean({ error: "Write serviceMonitors: true, or serviceMonitors: false for none." })
    .meta({ description: "Whether metrics are scraped; needs metricsFrom." }),
  alerts: z
    .boolean({ error: "Write alerts: true, or alerts: false for none." })
    .meta({ description: "Whether there are alerts." }),
  dashboard: z
    .boolean()
    .meta({ description: "Whether there is a dashboard for Grafana.", byDefault: false })
    .exactOptional(),
  operator: z
    .enum(["prometheus", "victoriaMetrics"])
    .meta({
      description: "Whose objects are made.",
      byDefault: "prometheus",
      typeName: "MonitoringOperator",
    })
    .exactOptional(),
  labels: labels
    .meta({ description: "Labels by which the operator finds its objects.", absent: "none" })
    .exactOptional(),
});
