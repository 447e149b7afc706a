import { Config } from "@pulumi/pulumi";
import { ProtectedService, type GatewayRef } from "../../../components";

const proxyPods = { "app.kubernetes.io/component": "proxy" };
const gateway: GatewayRef = {
  version: 2,
  domain: "bench.example.com",
  namespace: "portcullis",
  proxy: { namespace: "portcullis", service: "proxy", port: 4455, pods: proxyPods },
  route: { className: "traefik" },
  tls: "off",
};

const services = new Config().requireNumber("services");
for (let index = 0; index < services; index += 1) {
  const name = `service-${index}`;
  const pods = { "app.kubernetes.io/name": name };
  const upstream = { namespace: "portcullis", name, port: 80, targetPort: 8080, pods };
  new ProtectedService(name, { gateway, upstream });
}
