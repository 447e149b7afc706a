import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { ComponentResource, output, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { refuseArguments } from "./shared/known";
import { ofKnown } from "../documents/shared/problem";
import { labelsProblems, namespaceProblems } from "../documents/shared/kubernetesNames";
import { alerts } from "../documents/prometheus/alerts";
import { dashboard } from "../documents/prometheus/dashboard";
import { metricsPath } from "../documents/prometheus/scope";
import { allPods, type Labels } from "./shared/labels";

/** What a gateway offers to a Prometheus or VictoriaMetrics operator. */
export interface MonitoringSettings {
  /** Whether the gateway's metrics are scraped. */
  readonly serviceMonitors: boolean;
  /** Whether alerts on these metrics are created. */
  readonly alerts: boolean;
  /**
   * Whether a dashboard is created, in a ConfigMap that Grafana's sidecar finds by the label `grafana_dashboard`.
   * @default false
   */
  readonly dashboard?: boolean;
  /**
   * Operator whose objects are created.
   * @default "prometheus"
   */
  readonly operator?: MonitoringOperator;
  /**
   * Labels by which the operator finds its objects, for example `{ release: "kube-prometheus-stack" }`.
   * @default none
   */
  readonly labels?: Labels;
}

/** Arguments of the monitoring objects. */
export interface MonitoringArgs extends MonitoringSettings {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
}

/** An operator that scrapes and alerts. */
export type MonitoringOperator = "prometheus" | "victoriaMetrics";

/** Kinds of the operators' objects. Their contents have the same form, except for the name of one field. */
const operators = {
  prometheus: {
    apiVersion: "monitoring.coreos.com/v1",
    scrape: "ServiceMonitor",
    rule: "PrometheusRule",
    relabelings: "relabelings",
  },
  victoriaMetrics: {
    apiVersion: "operator.victoriametrics.com/v1beta1",
    scrape: "VMServiceScrape",
    rule: "VMRule",
    relabelings: "relabelConfigs",
  },
} as const satisfies Record<MonitoringOperator, object>;

/** Both operators label a target with the name of its port as `endpoint`, which would replace Kratos' own label. */
const keepEndpoints = { action: "labeldrop", regex: "endpoint" };

/**
 * Scraping, alerts and a dashboard for a gateway, as objects of an operator in the cluster.
 *
 * @example
 * new Monitoring("monitoring", { namespace: "portcullis", serviceMonitors: true, alerts: true });
 * @see https://prometheus-operator.dev/docs/api-reference/api/
 */
export class Monitoring extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:Monitoring";

  constructor(
    private readonly name: string,
    private readonly args: MonitoringArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(Monitoring.token, name, args, opts);
    refuseArguments(this, `Monitoring "${name}"`, args, (path, { labels, namespace }) => [
      ...ofKnown(namespace, (known) => namespaceProblems(path("namespace"), known)),
      ...ofKnown(labels, (known) => labelsProblems(path("labels"), known)),
    ]);
    if (args.serviceMonitors) this.createServiceMonitor();
    if (args.alerts) this.createAlerts();
    if (args.dashboard) this.createDashboard();
    this.registerOutputs({});
  }

  private get operator() {
    return operators[this.args.operator ?? "prometheus"];
  }

  private createServiceMonitor(): void {
    const { relabelings } = this.operator;
    this.createOperatorObject("scrape", {
      selector: { matchLabels: allPods },
      // The series' job is the part that they come from.
      jobLabel: "app.kubernetes.io/component",
      endpoints: [{ port: "metrics", path: metricsPath, interval: "30s", [relabelings]: [keepEndpoints] }],
    });
  }

  private createAlerts(): void {
    const rules = output(this.args.namespace).apply((namespace) => alerts({ namespace }));
    this.createOperatorObject("rule", { groups: [{ name: "portcullis", rules }] });
  }

  private createOperatorObject(purpose: "scrape" | "rule", spec: object): void {
    const { labels = {}, namespace } = this.args;
    const { apiVersion, [purpose]: kind } = this.operator;
    const metadata = { namespace, labels: { ...allPods, ...labels } };
    new CustomResource(this.name, { apiVersion, kind, metadata, spec }, { parent: this });
  }

  private createDashboard(): void {
    const { namespace } = this.args;
    const json = output(namespace).apply((name) => JSON.stringify(dashboard({ namespace: name }), null, 2));
    new ConfigMap(
      `${this.name}-dashboard`,
      {
        metadata: { namespace, labels: { ...allPods, grafana_dashboard: "1" } },
        data: { "portcullis.json": json },
      },
      { parent: this },
    );
  }
}
