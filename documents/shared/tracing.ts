/** Where an Ory server sends its spans. */
export interface Tracing {
  /** Host and port of a collector that takes OTLP over plain http. */
  readonly collector: string;
  /** Share of the requests without a trace of their own that start one, from 0 to 1. */
  readonly samplingRatio: number;
}

/**
 * The part `tracing` of a server's configuration, the same for Kratos and Oathkeeper.
 * @param name what the server is called in traces
 * @see https://www.ory.com/docs/self-hosted/operations/tracing
 */
export function tracingConfig(name: string, { collector, samplingRatio }: Tracing) {
  return {
    provider: "otel",
    service_name: name,
    providers: {
      otlp: { server_url: collector, insecure: true, sampling: { sampling_ratio: samplingRatio } },
    },
  };
}
