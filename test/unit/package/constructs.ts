import type { ComponentResourceOptions, Inputs } from "@pulumi/pulumi";
import type { ConstructResult } from "@pulumi/pulumi/provider";
import type { GatewayRef } from "../../../components/gatewayRef";
import { InputProblem } from "../../../components/shared/errors";
import type { Problem } from "../../../documents/shared/problem";
import { PortcullisProvider } from "../../../package/provider";
import type { NamedTypeSpec, ObjectSpec, TypeSpec } from "../../../package/pulumiSchema";
import { packageSchema } from "../../../package/schema";
import { ingressController, vmagent } from "../components/programs";
import type { Fields } from "../mocks";

const provider = new PortcullisProvider();
const noOptions: ComponentResourceOptions = {};

/** A gateway that the engine requests, with the inputs that have no default and those that a test adds. */
export function constructGateway(inputs: Inputs = {}): Promise<ConstructResult> {
  return provider.construct("access", "portcullis:index:Gateway", gatewayInputs(inputs), noOptions);
}

/** A service that the engine requests. */
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

/** What the engine passes on of a gateway that another component made. */
export const ref: GatewayRef = {
  version: 2,
  domain: "apps.example.com",
  namespace: "portcullis",
  proxy: { namespace: "portcullis", service: "access-proxy", port: 4455, pods: { app: "proxy" } },
  route: { kind: "ingress" },
  tls: "off",
  clusterOnly: true,
};

const { types } = packageSchema() as { readonly types: Readonly<Record<string, NamedTypeSpec>> };

/** What an SDK with types hands on of a gateway: the fields that the package schema has. */
export function typedRef(gateway: unknown): Fields {
  return typed(gateway, { $ref: "#/types/portcullis:index:GatewayRef" }) as Fields;
}

function typed(value: unknown, spec: TypeSpec): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const fields = { ...value } as Fields;
  const { properties = {} } = typeOf(fields, spec) ?? {};
  const kept = Object.entries(fields).flatMap(([key, field]) => {
    const own = properties[key] ?? spec.additionalProperties;
    return own ? [[key, typed(field, own)] as const] : [];
  });
  return Object.fromEntries(kept);
}

function typeOf(fields: Fields, spec: TypeSpec): ObjectSpec | undefined {
  return (spec.oneOf ?? [spec])
    .map((form) => types[form.$ref?.replace("#/types/", "") ?? ""])
    .filter((type) => type?.type === "object")
    .find((type) => isForm(fields, type));
}

function isForm(fields: Fields, { properties, required }: ObjectSpec): boolean {
  return required.every((key) => key in fields && fields[key] === (properties[key]?.const ?? fields[key]));
}

/** The one report with which a component is refused. */
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
