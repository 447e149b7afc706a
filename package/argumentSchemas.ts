import type { GatewayRef } from "../components/gatewayRef";
import { settingsSchemas, type JsonSchema } from "../stacks/fileSchema";
import type { ArgumentSchema } from "./translator";

/** Settings of a stack's file that are no arguments: what it makes, and what only a demo needs. */
export const onlyInFiles = ["kind", "demoUpstream", "serviceFiles"] as const;

const { gateway, services } = settingsSchemas;

/** What a gateway is made of: the settings of a stack's file, with the secrets in their places. */
export function gatewayArguments(): JsonSchema {
  const { database, loginProviders, smtp, ...others } = fieldsOf(without(gateway, onlyInFiles));
  const providers = { ...loginProviders, items: forms(loginProviders?.items, withClientSecret) };
  return {
    ...without(gateway, onlyInFiles),
    properties: {
      ...others,
      loginProviders: providers,
      database: forms(database, withPassword),
      smtp: withFields(smtp, { uri: smtpUri }),
    },
  };
}

/** What a service is made of: an entry of a stack's `services`, with the gateway that a team's stack names. */
export function serviceArguments(): JsonSchema {
  const service = fieldsOf(services)["services"]?.additionalProperties as JsonSchema;
  const { namespace = {} } = fieldsOf(services);
  return withFields(
    { ...service, properties: { ...service.properties, namespace } },
    { gateway: gatewayRef() },
  );
}

const clientSecret = {
  description: "Secret of the client, or {secretName, key} of a Secret in the gateway's namespace.",
};
const password = {
  description: "Password of the user, or {secretName, key} of a Secret in the gateway's namespace.",
};
const smtpUri: ArgumentSchema = {
  type: "string",
  description: "Connection URI of the mail server, with the password in it.",
  secret: true,
};

/** A client of Google's may be whole in Secret Manager. */
function withClientSecret(provider: JsonSchema): JsonSchema {
  const { clientSecret: reference, secretManager } = fieldsOf(provider);
  const own = { clientSecret: orReference(reference, clientSecret) };
  return secretManager
    ? { ...provider, properties: { ...provider.properties, ...own } }
    : withFields(provider, own);
}

function withPassword(database: JsonSchema): JsonSchema {
  const reference = fieldsOf(database)["password"];
  return reference ? withFields(database, { password: orReference(reference, password) }) : database;
}

/** A secret's own text, besides the reference that a stack's file may have in its place. */
function orReference(
  reference: JsonSchema | undefined,
  words: { readonly description: string },
): ArgumentSchema {
  const { absent: _, description: _description, ...rest } = reference ?? {};
  return { ...words, anyOf: [{ type: "string" }, rest], secret: true };
}

/** What a service has to know of its gateway, as a type that is an output of the one and an argument of the other. */
function gatewayRef(): JsonSchema {
  const { domain = {}, route, serviceAccountIssuer = {}, tls } = fieldsOf(gateway);
  const routeRef = forms(route, (form) => ({
    ...without(form, ["from", "serviceAnnotations", "referenceGrants"]),
    typeName: form.properties?.["parentRef"] ? "GatewayApiRouteRef" : "IngressRouteRef",
  }));
  const required = {
    version: integer("Raised when a field changes its meaning."),
    domain,
    namespace: text("Where the Rules and routes of services are that name no namespace of their own."),
    proxy: proxyRef,
    route: routeRef,
    tls: forms(tls, withoutEnums),
  };
  const optional = {
    serviceAccountIssuer,
    clusterOnly: {
      type: "boolean",
      description: "Whether the proxy connects to nothing but pods of the cluster.",
    } satisfies JsonSchema,
    upstreams: grantedMeans,
    groups: names("Names of the gateway's groups, which services may let in."),
  };
  return {
    type: "object",
    properties: { ...required, ...optional } satisfies Record<keyof GatewayRef, JsonSchema>,
    required: Object.keys(required),
    typeName: "GatewayRef",
    description: "The gateway: the output of a Gateway, also of another stack's.",
  };
}

const proxyRef: JsonSchema = {
  ...object({
    namespace: text("The proxy's namespace."),
    service: text("Name of its Service, which routes lead to."),
    port: integer("Port of that Service."),
    pods: {
      ...mapOf({ type: "string" }),
      description: "Labels of its pods, which the services' NetworkPolicies let in.",
    },
  }),
  typeName: "ProxyRef",
  description: "Where the gateway's proxy is.",
};

const grantedMeans: JsonSchema = {
  ...object({
    authorities: names("Names of certificate authorities, which are for everybody."),
    clientCertificates: {
      ...mapOf(names()),
      description: "Namespaces that may name each client certificate.",
    },
    credentials: {
      ...mapOf({
        ...object({
          header: text("The header that it is sent in."),
          namespaces: names("Namespaces that may name it."),
        }),
        typeName: "GrantedCredential",
      }),
      description: "Each credential, by its name.",
    },
  }),
  typeName: "GrantedMeans",
  description: "What of the gateway's a service may name to have its upstream asked with.",
};

/** The outputs of a gateway. */
export function gatewayOutputs(): JsonSchema {
  const urls = mapOf({ type: "string" });
  const { description: _, ...ref } = gatewayRef();
  return object({
    gateway: { ...ref, description: "For Services, also those of another stack." },
    namespace: text("The gateway's namespace."),
    loginUiUrl: text("URL of the login UI."),
    identityServer: text("URL of the identity server, for browsers."),
    replicas: integer("Pods of the proxy."),
    sessionCookie: text("Name of the session cookie."),
    callbackUrls: { ...urls, description: "The redirect URI to register at each login provider, by its id." },
    signOut: text("The page that signs a person out of every service; for a link in your own pages."),
    signedIdentity: {
      ...object({
        issuer: text("The token's iss."),
        keysUrl: text("Where the public keys are inside the cluster."),
      }),
      typeName: "SignedIdentity",
      description: "How an upstream checks a signed identity.",
    },
    admissions: { ...mapOf({}), description: "Who enters through each login provider, by its id." },
    serviceUrls: { ...urls, description: "URL of each service of the argument services, by its name." },
  });
}

/** The outputs of a service. */
export function serviceOutputs(): JsonSchema {
  return object({ url: text("Where browsers find it.") });
}

/** YAML's host takes no output that has an enum in it for an argument, even of the same type. */
function withoutEnums(schema: JsonSchema): JsonSchema {
  const { enum: words, typeName, ...rest } = schema;
  if (words) return rest;
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, withoutEnums(field)] as const,
  );
  const changed = properties.some(([name, field]) => field !== schema.properties?.[name]);
  if (!changed) return schema;
  return { ...rest, properties: Object.fromEntries(properties), typeName: `${typeName ?? ""}Ref` };
}

function text(description: string): JsonSchema {
  return { type: "string", description };
}

function integer(description: string): JsonSchema {
  return { type: "integer", description };
}

function names(description?: string): JsonSchema {
  return { type: "array", items: { type: "string" }, ...(description !== undefined && { description }) };
}

function mapOf(values: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: values };
}

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties) };
}

function fieldsOf({ properties = {} }: JsonSchema): Readonly<Record<string, JsonSchema | undefined>> {
  return properties;
}

/** With further fields, all of them required. */
function withFields(schema: JsonSchema = {}, fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return {
    ...schema,
    properties: { ...schema.properties, ...fields },
    required: [...new Set([...(schema.required ?? []), ...Object.keys(fields)])],
  };
}

function without(schema: JsonSchema, names: readonly string[]): JsonSchema {
  const entries = Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name));
  return {
    ...schema,
    properties: Object.fromEntries(entries),
    required: (schema.required ?? []).filter((name) => !names.includes(name)),
  };
}

/** Changes each form of a union. */
function forms(schema: JsonSchema = {}, change: (form: JsonSchema) => JsonSchema): JsonSchema {
  const { anyOf, oneOf } = schema;
  return {
    ...schema,
    ...(anyOf && { anyOf: anyOf.map(change) }),
    ...(oneOf && { oneOf: oneOf.map(change) }),
  };
}
