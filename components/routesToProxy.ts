import { output, type Input, type Output, type ResourceTransform } from "@pulumi/pulumi";
import type { AccessGateway } from "./accessGateway";
import type { GatewayRef, ProxyRef } from "./gatewayRef";

interface IngressSpec {
  readonly defaultBackend?: object;
  readonly rules?: readonly { readonly http?: { readonly paths?: readonly object[] } }[];
}

interface HttpRouteSpec {
  readonly rules?: readonly { readonly backendRefs?: readonly object[] }[];
}

interface Props {
  readonly metadata?: Input<object>;
  readonly spec?: Input<IngressSpec & HttpRouteSpec>;
}

/**
 * A transform of a chart's resources: its Ingresses and HTTPRoutes lead to the proxy and stay as they are otherwise. An Ingress
 * leads only to Services of its own namespace, so it moves to the gateway's, where a Secret that its `tls` names has to be. An
 * HTTPRoute stays where it is, which takes the namespace's name in `route.namespaces` of the gateway. The service itself
 * is a {@link ProtectedService} with `route: "none"`.
 *
 * @param protocol `grpc` where the service is asked by gRPC, for which the proxy has a Service of its own
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
  const proxy = protocol === "grpc" ? { ...ofHttp, service: grpcService } : ofHttp;
  return ({ type, props, opts }) => {
    const changed = changedProps(type, props, proxy);
    return changed && { props: changed, opts };
  };
}

function changedProps(type: string, props: Props, proxy: ProxyRef): object | undefined {
  const spec: Output<IngressSpec & HttpRouteSpec> = output(props.spec ?? {});
  if (type.startsWith("kubernetes:networking.k8s.io/") && type.endsWith(":Ingress"))
    return {
      ...props,
      metadata: output(props.metadata ?? {}).apply((known) => ({ ...known, namespace: proxy.namespace })),
      spec: spec.apply((known) => ingressSpec(known, proxy)),
    };
  if (type.startsWith("kubernetes:gateway.networking.k8s.io/") && type.endsWith(":HTTPRoute"))
    return { ...props, spec: spec.apply((known) => httpRouteSpec(known, proxy)) };
  return undefined;
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

function httpRouteSpec(spec: HttpRouteSpec, { namespace, service, port }: ProxyRef): HttpRouteSpec {
  const backendRefs = [{ name: service, namespace, port }];
  return {
    ...spec,
    ...(spec.rules && {
      rules: spec.rules.map((rule) => (rule.backendRefs ? { ...rule, backendRefs } : rule)),
    }),
  };
}
