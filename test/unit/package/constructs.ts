import type { ComponentResourceOptions, Inputs } from "@pulumi/pulumi";
import type { ConstructResult } from "@pulumi/pulumi/provider";
import type { GatewayRef } from "../../../components/gatewayRef";
import { InputProblem } from "../../../components/shared/errors";
import type { Problem } from "../../../documents/shared/problem";
import { PortcullisProvider } from "../../../package/provider";
import { ingressController, vmagent } from "../components/programs";

const provider = new PortcullisProvider();
const noOptions: ComponentResourceOptions = {};

/** A gateway that the engine asks for, with what has no default and whatever a test adds. */
export function constructGateway(inputs: Inputs = {}): Promise<ConstructResult> {
  return provider.construct("access", "portcullis:index:Gateway", gatewayInputs(inputs), noOptions);
}

/** A service that the engine asks for. */
export function constructService(name: string, inputs: Inputs = {}): Promise<ConstructResult> {
  const all = { gateway: ref, upstream: vmagent, ...inputs };
  return provider.construct(name, "portcullis:index:Service", all, noOptions);
}

export const client = {
  kind: "generic",
  id: "staff",
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  admit: { emailDomains: ["example.com"] },
};

function gatewayInputs(inputs: Inputs): Inputs {
  return {
    domain: "apps.example.com",
    route: { kind: "ingress", from: [ingressController] },
    tls: "off",
    loginProviders: [{ ...client, clientSecret: "the client's secret" }],
    ...inputs,
  };
}

/** What the engine hands over of a gateway that another component made. */
export const ref: GatewayRef = {
  version: 2,
  domain: "apps.example.com",
  namespace: "portcullis",
  proxy: { namespace: "portcullis", service: "access-proxy", port: 4455, pods: { app: "proxy" } },
  route: { kind: "ingress" },
  tls: "off",
  clusterOnly: true,
};

/** The one report that a component is refused with. */
export async function refusal(
  made: Promise<unknown>,
): Promise<{ readonly message: string; readonly problems: readonly Problem[] }> {
  const error: unknown = await made.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof InputProblem) return error;
  throw new Error(`no report but ${String(error)}`);
}
