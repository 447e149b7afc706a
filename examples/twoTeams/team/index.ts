import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { GatewayRef, ProtectedService } from "../../../components";

/** One team's services: each team has a stack of this program, and rights only in its own namespace. */
export = async () => {
  const config = new Config();
  const team = config.require("team");
  const gateway = await GatewayRef.fromStack(config.require("platform"));
  const { url } = new ProtectedService("grafana", {
    gateway,
    namespace: team,
    hosts: [`grafana-${team}.apps.example.com`],
    upstream: {
      namespace: team,
      name: "grafana",
      port: 80,
      targetPort: 3000,
      pods: { "app.kubernetes.io/name": "grafana" },
    },
  });
  return { url };
};
