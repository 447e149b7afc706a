import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { GatewayRef, ProtectedService } from "../../components";

/** An Oathkeeper and its Maester that already exist; docs/library.md lists what they need. */
const gateway = GatewayRef.fromJson(new Config().require("gateway"));
const pods = { "app.kubernetes.io/name": "wiki" };
const upstream = { namespace: "wiki", name: "wiki", port: 80, targetPort: 8080, pods };

export const { url } = new ProtectedService("wiki", { gateway, upstream });
