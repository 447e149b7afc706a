import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { GatewayRef, ProtectedService } from "../../components";

/** An Oathkeeper with its Maester that are already there; docs/library.md says what they must be like. */
const gateway = GatewayRef.fromJson(new Config().require("gateway"));
const pods = { "app.kubernetes.io/name": "wiki" };
const upstream = { namespace: "wiki", name: "wiki", port: 80, targetPort: 8080, pods };

export const { url } = new ProtectedService("wiki", { gateway, upstream });
