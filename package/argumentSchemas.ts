import type { GatewayRef, ProxyRef } from "../components/gatewayRef";
import type { GrantedMeans } from "../documents/rules/upstreamOptions";
import { settingsSchemas, type JsonSchema } from "../stacks/fileSchema";
import type { ArgumentSchema } from "./translator";

/** Settings of a stack's file that are not arguments: what it creates, and what only a demo needs. */
export const onlyInFiles = ["kind", "demoUpstream", "serviceFiles"] as const;

const { gateway, services } = settingsSchemas;

/** A gateway's arguments: the settings of a stack's file, with the secrets in their places. */
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

/** A service's arguments: an entry of a stack's `services`, with the gateway that a team's stack names. */
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

/** A Google client may be stored entirely in Secret Manager. */
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

/** A secret's own text, as an alternative to the reference that a stack's file may have in its place. */
function orReference(
  reference: JsonSchema | undefined,
  words: { readonly description: string },
): ArgumentSchema {
  const { absent: _, description: _description, ...rest } = reference ?? {};
  return { ...words, anyOf: [{ type: "string" }, rest], secret: true };
}

/** What a service has to know about its gateway, as a type that is an output of the gateway and an argument of the service. */
function gatewayRef(): JsonSchema {
  const { domain = {}, route, serviceAccountIssuer = {}, tls } = fieldsOf(gateway);
  const routeRef = forms(route, (form) => ({
    ...without(form, ["from", "serviceAnnotations", "referenceGrants"]),
    typeName: form.properties?.["parentRef"] ? "GatewayApiRouteRef" : "IngressRouteRef",
  }));
  return {
    ...objectOf<GatewayRef>(
      {
        version: integer("Raised when a field changes its meaning."),
        domain,
        namespace: text("Namespace of the Rules and routes of services that name no namespace of their own."),
        proxy: proxyRef,
        route: routeRef,
        tls: forms(tls, withoutEnums),
        serviceAccountIssuer,
        clusterOnly: {
          type: "boolean",
          description: "Whether the proxy connects only to pods of the cluster.",
        },
        upstreams: grantedMeans,
        groups: names("Names of the gateway's groups, which services may let in."),
      },
      ["serviceAccountIssuer", "clusterOnly", "upstreams", "groups"],
    ),
    typeName: "GatewayRef",
    description: "The gateway: an output of a Gateway, of this stack or another.",
  };
}

const proxyRef: JsonSchema = {
  ...objectOf<ProxyRef>(
    {
      namespace: text("The proxy's namespace."),
      service: text("Name of its Service, to which routes lead."),
      port: integer("Port of that Service."),
      grpcService: {
        ...text("Name of the Service, with the same port, to which routes of gRPC services lead."),
        absent: "the gateway takes no gRPC services yet",
      },
      pods: {
        ...mapOf({ type: "string" }),
        description: "Labels of its pods, which the services' NetworkPolicies let in.",
      },
    },
    ["grpcService"],
  ),
  typeName: "ProxyRef",
  description: "Where the gateway's proxy is.",
};

const grantedMeans: JsonSchema = {
  ...objectOf<GrantedMeans>({
    authorities: names("Names of certificate authorities, which every service may name."),
    clientCertificates: {
      ...mapOf(names()),
      description: "Namespaces that may name each client certificate.",
    },
    credentials: {
      ...mapOf({
        ...objectOf<GrantedMeans["credentials"][string]>({
          header: text("Header in which it is sent."),
          namespaces: names("Namespaces that may name it."),
        }),
        typeName: "GrantedCredential",
      }),
      description: "Each credential, by its name.",
    },
  }),
  typeName: "GrantedMeans",
  description: "What a service may name for the connection to its upstream.",
};

/** The outputs of a gateway. */
export function gatewayOutputs(): JsonSchema {
  const urls = mapOf({ type: "string" });
  const { description: _, ...ref } = gatewayRef();
  return object({
    gateway: { ...ref, description: "The gateway, for Services of this stack or another." },
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
    admissions: { ...mapOf({}), description: "Who may sign in through each login provider, by its id." },
    serviceUrls: { ...urls, description: "URL of each service of the argument services, by its name." },
  });
}

/** The outputs of a service. */
export function serviceOutputs(): JsonSchema {
  return object({ url: text("URL of the service, for browsers.") });
}

/** YAML's host does not accept an output that contains an enum as an argument, even of the same type. */
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

/** An object with every field of a type: SDKs with types drop the fields that a schema lacks. */
function objectOf<Type>(
  properties: Readonly<Record<keyof Type & string, JsonSchema>>,
  optional: readonly (keyof Type & string)[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.some((one) => one === name));
  return { ...object(properties), required };
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
