import { output, type Input, type Output, type ResourceTransform } from "@pulumi/pulumi";
import { found, type Problem } from "../documents/shared/problem";
import type { AccessGateway } from "./accessGateway";
import type { GatewayRef, ProxyRef } from "./gatewayRef";
import { InputProblem } from "./shared/errors";

interface IngressSpec {
  readonly defaultBackend?: object;
  readonly rules?: readonly { readonly http?: { readonly paths?: readonly object[] } }[];
}

interface GatewayRouteSpec {
  readonly rules?: readonly {
    readonly backendRefs?: readonly object[];
    readonly filters?: readonly { readonly type?: string }[];
  }[];
}

interface Props {
  readonly metadata?: Input<object>;
  readonly spec?: Input<IngressSpec & GatewayRouteSpec>;
}

const ofGatewayApi = /^kubernetes:gateway[.]networking[.]k8s[.]io\/[^:]+:(HTTPRoute|GRPCRoute)$/;

/**
 * A transform of a chart's resources that makes its Ingresses, HTTPRoutes and GRPCRoutes lead to the proxy and leaves
 * them unchanged otherwise. An Ingress leads only to Services of its own namespace, so it moves to the gateway's
 * namespace, where a Secret that its `tls` names must be. An HTTPRoute or GRPCRoute stays where it is, so
 * `route.namespaces` of the gateway must name its namespace. The service itself is a {@link ProtectedService} with
 * `route: "none"`.
 *
 * @param protocol `grpc` if the Ingress or HTTPRoute is of a gRPC service, for which the proxy has a Service of its own
 * @throws InputProblem for a route that mirrors requests, which would reach another backend without a login
 *
 * @example
 * new helm.v4.Chart("grafana", { chart, values }, { transforms: [routesToProxy(gateway)] });
 * new ProtectedService("grafana", { gateway, upstream, route: "none" });
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/transforms/
 */
export function routesToProxy(
  gateway: AccessGateway | GatewayRef,
  protocol: "http" | "grpc" = "http",
): ResourceTransform {
  const { proxy: ofHttp } = "ref" in gateway ? gateway.ref : gateway;
  const { grpcService = ofHttp.service } = ofHttp;
  const ofGrpc = { ...ofHttp, service: grpcService };
  return ({ name, type, props, opts }) => {
    const isGrpc = protocol === "grpc" || type.endsWith(":GRPCRoute");
    const changed = changedProps(name, type, props, isGrpc ? ofGrpc : ofHttp);
    return changed && { props: changed, opts };
  };
}

function changedProps(name: string, type: string, props: Props, proxy: ProxyRef): object | undefined {
  const spec: Output<IngressSpec & GatewayRouteSpec> = output(props.spec ?? {});
  if (type.startsWith("kubernetes:networking.k8s.io/") && type.endsWith(":Ingress"))
    return {
      ...props,
      metadata: output(props.metadata ?? {}).apply((known) => ({ ...known, namespace: proxy.namespace })),
      spec: spec.apply((known) => ingressSpec(known, proxy)),
    };
  const [, kind] = ofGatewayApi.exec(type) ?? [];
  if (kind === undefined) return undefined;
  return { ...props, spec: spec.apply((known) => gatewayRouteSpec(`${kind} "${name}"`, known, proxy)) };
}

function ingressSpec(spec: IngressSpec, { service, port }: ProxyRef): IngressSpec {
  const backend = { service: { name: service, port: { number: port } } };
  return {
    ...spec,
    ...(spec.defaultBackend && { defaultBackend: backend }),
    ...(spec.rules && {
      rules: spec.rules.map((rule) =>
        rule.http?.paths
          ? { ...rule, http: { ...rule.http, paths: rule.http.paths.map((path) => ({ ...path, backend })) } }
          : rule,
      ),
    }),
  };
}

function gatewayRouteSpec(
  subject: string,
  spec: GatewayRouteSpec,
  { namespace, service, port }: ProxyRef,
): GatewayRouteSpec {
  const mirrors = (spec.rules ?? []).flatMap(({ filters = [] }, rule) =>
    filters.flatMap(({ type }, filter) =>
      type === "RequestMirror" ? [mirror(`spec.rules[${rule}].filters[${filter}]`)] : [],
    ),
  );
  if (mirrors.length > 0) throw new InputProblem(subject, mirrors);
  const backendRefs = [{ name: service, namespace, port }];
  return {
    ...spec,
    ...(spec.rules && {
      rules: spec.rules.map((rule) => (rule.backendRefs ? { ...rule, backendRefs } : rule)),
    }),
  };
}

function mirror(path: string): Problem {
  return {
    path,
    value: found("RequestMirror"),
    reason: "sends every request to another backend too, before anybody has signed in",
    fix: "Leave the filter out of the chart's values.",
  };
}
