import { interpolate, type Input, type Output } from "@pulumi/pulumi";
import { kratosPorts } from "../../documents/kratos/config";
import { podLabels } from "../shared/labels";
import { pods, type EgressRule } from "../shared/networkPolicies";

/** What pods that use the admin API connect to. */
export const adminEgress: EgressRule = {
  to: [pods(podLabels("identity-server"))],
  ports: [kratosPorts.admin],
};

/** The admin API's URL for pods of the gateway's namespace, without a slash at the end. */
export function adminUrl(adminService: Input<string>): Output<string> {
  return interpolate`http://${adminService}:${kratosPorts.admin}`;
}
