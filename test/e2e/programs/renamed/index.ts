import { Config } from "@pulumi/pulumi";
import { GatewayRef, ProtectedService } from "../../../../components";
import { fixtureService } from "../../../../dev/fixtures/manifests";

/** What a program does that gives a service another name, and tells the former one. */
export = async () => {
  const config = new Config();
  const gateway = await GatewayRef.fromStack(config.require("gateway"));
  const former = config.get("former");
  const { url } = new ProtectedService(
    config.require("name"),
    {
      gateway,
      hosts: [config.require("host")],
      upstream: { ...fixtureService("echo"), port: 80 },
    },
    former === undefined ? {} : { aliases: [{ name: former }] },
  );
  return { url };
};
