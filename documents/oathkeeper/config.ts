import type { SecondFactor } from "../kratos/secondFactor";
import { authorizeHeaders } from "../rules/authorize";
import { tracingConfig, type Tracing } from "../shared/tracing";
import { claimsTemplate } from "../rules/requiredClaims";
import { identityHeaders } from "./headers";
import { bearerTokenAlgorithms, subjectSeparator } from "./bearerTokens";
import { tokenLife } from "./signedIdentity";

/** Ports of its listeners, all on 127.0.0.1: only nginx connects to them. */
export const oathkeeperPorts = { proxy: 4464, api: 4456, metrics: 9001 } as const;

/** Where the proxy reads its rules; the folder must exist when it starts. */
export const ruleFile = "/rules/access-rules.json";

/** Probe paths of the API listener: it is ready only while at least one valid rule is loaded. nginx passes them on. */
export const oathkeeperHealth = { alive: "/health/alive", ready: "/health/ready" } as const;

/** Arguments of the container. The configuration file has no setting for telemetry. */
export function oathkeeperArguments(configFile: string): string[] {
  return ["serve", "--config", configFile, "--sqa-opt-out", "--disable-telemetry"];
}

/**
 * The handlers that a Rule may name. `bearer_token`, `remote_json` and `cookie` tell nginx what to do: which paths are
 * public, who may use the service, and that no session is passed on. Oathkeeper's copy of a rule does not contain them.
 */
export const enabledHandlers = {
  authenticators: ["cookie_session", "bearer_token", "jwt", "unauthorized"],
  authorizers: ["allow", "deny", "remote_json"],
  mutators: ["noop", "header", "cookie", "id_token"],
} as const;

export interface OathkeeperConfigInput {
  /** Kratos' whoami, called through nginx: {@link sessionCheckUrl}. */
  readonly sessionCheckUrl: string;
  /** Name of the session cookie. */
  readonly sessionCookie: string;
  readonly secondFactor: SecondFactor;
  /** The signer of identities for upstreams: the tokens' `iss`, and the file of the private key. */
  readonly signer: { readonly issuer: string; readonly keyFile: string };
  /**
   * Where its spans go.
   * @default nowhere
   */
  readonly tracing?: Tracing;
}

/**
 * Where the visitor's id is in Kratos' answer, as a GJSON path. Below the second level, the value there is `false`. That is
 * no text, so Oathkeeper refuses it with 403. So no rule has to ask for the level, and none can leave it out.
 * @see https://github.com/tidwall/gjson/blob/master/SYNTAX.md
 */
const subjectPath: Readonly<Record<SecondFactor, string>> = {
  off: "identity.id",
  optional: "identity.id",
  required:
    '[{"aal":authenticator_assurance_level,"id":identity.id},!{"aal":"aal2","id":false}].#(aal=="aal2").id',
};

/** A verified token always has an issuer. Kratos' sessions never have one. */
const ofBearerToken = ".Extra.iss";

/**
 * Go templates of the identity headers. A program's id is never the same as a person's, which is a UUID, or as that of a
 * program of another issuer. The e-mail address is the one that the claims mapper verified: a visitor can write anything
 * into traits. An identity without an address gets an empty header, not an error.
 */
const userIdTemplate = `{{ if ${ofBearerToken} }}machine:{{ ${ofBearerToken} }}${subjectSeparator}{{ end }}{{ print .Subject }}`;
const userEmailTemplate = ofPerson("email", "{{ . }}");

const identityTemplates = {
  [identityHeaders.userId]: userIdTemplate,
  [identityHeaders.userEmail]: userEmailTemplate,
};

/**
 * What the claims mapper wrote about a person, inserted where `template` has a dot. It is empty with a bearer token,
 * whatever that claims.
 */
function ofPerson(field: "email" | "groups", template: string): string {
  return `{{ if not ${ofBearerToken} }}{{ with .Extra.identity }}{{ with .metadata_public }}{{ with .${field} }}${template}{{ end }}{{ end }}{{ end }}{{ end }}`;
}

/**
 * A signed identity has the `sub` of a program's token, and no template can change that. So a `sub` that looks like a
 * person's id, a UUID, fails the request, and any other is sent together with its issuer.
 */
const programClaims =
  `{{ if ${ofBearerToken} }}` +
  '{{ if regexMatch "(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" .Subject }}' +
  '{{ fail "the subject of a token looks like the id of a person" }}{{ end }}' +
  `,"machine":{"iss":{{ toJson ${ofBearerToken} }},"sub":{{ toJson .Subject }}}{{ end }}`;

/**
 * Claims of a signed identity, besides those of every token: its audience, which is the requested address and so no other
 * service's, and the verified address of a person or the issuer and subject of a program.
 */
const tokenClaims = `{"aud":"{{ .MatchContext.URL.Scheme }}://{{ .MatchContext.URL.Host }}"${ofPerson("email", ',"email":{{ printf "%q" . }}')}${programClaims}}`;

/** What nginx learns about the visitor in order to decide who may use a service. */
const visitorTemplates = {
  [authorizeHeaders.known]: `{{ if or .Subject ${ofBearerToken} }}1{{ end }}`,
  [authorizeHeaders.bearerToken]: `{{ if ${ofBearerToken} }}1{{ end }}`,
  [authorizeHeaders.claims]: `{{ if ${ofBearerToken} }}${claimsTemplate(".Extra")}{{ end }}`,
  [authorizeHeaders.email]: ofPerson("email", "{{ urlquery . }}"),
  [authorizeHeaders.groups]: ofPerson("groups", "{{ urlquery . }}"),
};

/** Oathkeeper's configuration document. */
export type OathkeeperConfig = ReturnType<typeof oathkeeperConfig>;

/**
 * Builds Oathkeeper's configuration. It holds no secret (Oathkeeper prints every value when it starts) and is the same for
 * both release sets.
 * @see https://www.ory.com/docs/oathkeeper/reference/configuration
 */
export function oathkeeperConfig(input: OathkeeperConfigInput) {
  // Where Kratos' answer names the visitor.
  const visitor = { subject_from: subjectPath[input.secondFactor], extra_from: "@this" };
  return {
    log: { level: "warn", format: "json" },
    serve: {
      // nginx forwards requests. This port cannot be turned off; it is reachable only from the pod, and nothing uses it.
      proxy: { host: "127.0.0.1", port: oathkeeperPorts.proxy, trust_forwarded_headers: true },
      // Only for the pod itself: a Rule could lead to the pod's address, and no NetworkPolicy blocks a pod's traffic to
      // itself.
      api: { host: "127.0.0.1", port: oathkeeperPorts.api },
      // The label would be the first path segment, which the client chooses: each value would be a new series.
      prometheus: { host: "127.0.0.1", port: oathkeeperPorts.metrics, hide_request_paths: true },
    },
    ...(input.tracing && { tracing: tracingConfig("oathkeeper", input.tracing) }),
    access_rules: { repositories: [`file://${ruleFile}`], matching_strategy: "glob" },
    authenticators: {
      cookie_session: {
        enabled: true,
        config: {
          check_session_url: input.sessionCheckUrl,
          only: [input.sessionCookie],
          // Kratos answers whoami only to GET. "Preserve" means to keep the path and query of the URL above.
          force_method: "GET",
          preserve_path: true,
          preserve_query: true,
          ...visitor,
        },
      },
      jwt: {
        enabled: true,
        config: {
          // Without the rule's own keys, no token is valid.
          jwks_urls: [],
          allowed_algorithms: bearerTokenAlgorithms,
          // Goes to the pod's own cache, which decides how often the issuer is called.
          jwks_ttl: "30s",
          jwks_max_wait: "5s",
        },
      },
      unauthorized: { enabled: true },
    },
    authorizers: {
      allow: { enabled: true },
      deny: { enabled: true },
    },
    mutators: {
      noop: { enabled: true },
      header: { enabled: true, config: { headers: { ...identityTemplates, ...visitorTemplates } } },
      id_token: {
        enabled: true,
        config: {
          issuer_url: input.signer.issuer,
          jwks_url: `file://${input.signer.keyFile}`,
          ttl: tokenLife,
          claims: tokenClaims,
        },
      },
    },
    // nginx tells a visitor what to do.
    errors: { fallback: ["json"], handlers: { json: { enabled: true, config: { verbose: false } } } },
  };
}
