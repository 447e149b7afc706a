import { join } from "node:path";
import { helm } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { GatewayRef, ProtectedService, routesToProxy } from "../../../../components";
import { fixtureService } from "../../../../dev/fixtures/manifests";

const NAME = "wiki";
const echo = fixtureService("echo");

/** What a program does to protect a service through the Ingress of its chart. */
export = async () => {
  const config = new Config();
  const gateway = await GatewayRef.fromStack(config.require("gateway"));
  const chart = {
    chart: join(__dirname, "chart"),
    namespace: echo.namespace,
    values: { host: config.require("host"), service: { name: echo.name } },
  };
  new helm.v4.Chart(NAME, chart, { transforms: [routesToProxy(gateway)] });
  const { url } = new ProtectedService(NAME, { gateway, route: "none", upstream: { ...echo, port: 80 } });
  return { url };
};
