import type { SecondFactor } from "../kratos/secondFactor";
import { authorizeHeaders } from "../rules/authorize";
import { tracingConfig, type Tracing } from "../shared/tracing";
import { claimsTemplate } from "../rules/requiredClaims";
import { identityHeaders } from "./headers";
import { bearerTokenAlgorithms, subjectSeparator } from "./bearerTokens";
import { tokenLife } from "./signedIdentity";

/** Ports of its listeners, all on 127.0.0.1: nginx asks them. */
export const oathkeeperPorts = { proxy: 4464, api: 4456, metrics: 9001 } as const;

/** Where the proxy reads its rules; the folder must exist when it starts. */
export const ruleFile = "/rules/access-rules.json";

/** Paths of the API listener for probes: ready only while at least one valid rule is loaded. nginx passes them on. */
export const oathkeeperHealth = { alive: "/health/alive", ready: "/health/ready" } as const;

/** Arguments of the container; telemetry is no part of the configuration file. */
export function oathkeeperArguments(configFile: string): string[] {
  return ["serve", "--config", configFile, "--sqa-opt-out", "--disable-telemetry"];
}

/**
 * The handlers that a Rule may name. `bearer_token`, `remote_json` and `cookie` say what nginx does: which paths are public,
 * who may use the service, and that no session goes on. The copy that Oathkeeper gets of a rule is without them.
 */
export const enabledHandlers = {
  authenticators: ["cookie_session", "bearer_token", "jwt", "unauthorized"],
  authorizers: ["allow", "deny", "remote_json"],
  mutators: ["noop", "header", "cookie", "id_token"],
} as const;

export interface OathkeeperConfigInput {
  /** Kratos' whoami, asked through nginx: {@link sessionCheckUrl}. */
  readonly sessionCheckUrl: string;
  /** Name of the session cookie. */
  readonly sessionCookie: string;
  readonly secondFactor: SecondFactor;
  /** What signs identities for upstreams: the tokens' `iss`, and the file of the private key. */
  readonly signer: { readonly issuer: string; readonly keyFile: string };
  /**
   * Where its spans go.
   * @default nowhere
   */
  readonly tracing?: Tracing;
}

/**
 * Where the visitor's id is in Kratos' answer, as a path of GJSON. Below the second level there is `false` instead, which
 * Oathkeeper refuses as no text with 403. So no rule has to ask for the level, and none can leave it out.
 * @see https://github.com/tidwall/gjson/blob/master/SYNTAX.md
 */
const subjectPath: Readonly<Record<SecondFactor, string>> = {
  off: "identity.id",
  optional: "identity.id",
  required:
    '[{"aal":authenticator_assurance_level,"id":identity.id},!{"aal":"aal2","id":false}].#(aal=="aal2").id',
};

/** A verified token always has an issuer, and Kratos' sessions never. */
const ofBearerToken = ".Extra.iss";

/**
 * Go templates of the identity headers. A program is never called as a person is, whose id is a UUID, nor as a program of
 * another issuer. The e-mail address is the one the claims mapper verified: a visitor can write what he likes into
 * traits. An identity without it gets an empty header, not an error.
 */
const userIdTemplate = `{{ if ${ofBearerToken} }}machine:{{ ${ofBearerToken} }}${subjectSeparator}{{ end }}{{ print .Subject }}`;
const userEmailTemplate = ofPerson("email", "{{ . }}");

const identityTemplates = {
  [identityHeaders.userId]: userIdTemplate,
  [identityHeaders.userEmail]: userEmailTemplate,
};

/**
 * What the claims mapper wrote of a person, put in where `template` has a dot; nothing with a bearer token, whatever that
 * claims.
 */
function ofPerson(field: "email" | "groups", template: string): string {
  return `{{ if not ${ofBearerToken} }}{{ with .Extra.identity }}{{ with .metadata_public }}{{ with .${field} }}${template}{{ end }}{{ end }}{{ end }}{{ end }}`;
}

/**
 * A signed identity has the `sub` of a program's token, and no template can change it. So one that looks like a person's
 * id, a UUID, fails the request, and any other comes with its issuer.
 */
const programClaims =
  `{{ if ${ofBearerToken} }}` +
  '{{ if regexMatch "(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" .Subject }}' +
  '{{ fail "the subject of a token looks like the id of a person" }}{{ end }}' +
  `,"machine":{"iss":{{ toJson ${ofBearerToken} }},"sub":{{ toJson .Subject }}}{{ end }}`;

/**
 * Claims of a signed identity, besides those of every token: for whom it is, which is the address that was asked and so
 * no other service's, and the verified address of a person or the issuer and subject of a program.
 */
const tokenClaims = `{"aud":"{{ .MatchContext.URL.Scheme }}://{{ .MatchContext.URL.Host }}"${ofPerson("email", ',"email":{{ printf "%q" . }}')}${programClaims}}`;

/** What nginx is told of the visitor to judge who may use a service. */
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
 * Builds Oathkeeper's configuration. It holds no secret (Oathkeeper prints every value when it starts) and is the same
 * for both release sets.
 * @see https://www.ory.com/docs/oathkeeper/reference/configuration
 */
export function oathkeeperConfig(input: OathkeeperConfigInput) {
  // Where an answer of Kratos says who the visitor is.
  const visitor = { subject_from: subjectPath[input.secondFactor], extra_from: "@this" };
  return {
    log: { level: "warn", format: "json" },
    serve: {
      // nginx forwards: the port that cannot be turned off is the pod's own, and nobody asks it.
      proxy: { host: "127.0.0.1", port: oathkeeperPorts.proxy, trust_forwarded_headers: true },
      // Nobody's but the pod's own: a Rule could lead to the pod's address, which no NetworkPolicy closes to itself.
      api: { host: "127.0.0.1", port: oathkeeperPorts.api },
      // The label would be the first path segment, which the client chooses: a series each.
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
          // Kratos answers whoami only to GET. "Preserve" means: keep the path and query of the URL above.
          force_method: "GET",
          preserve_path: true,
          preserve_query: true,
          ...visitor,
        },
      },
      jwt: {
        enabled: true,
        config: {
          // Without keys of the rule's own no token is valid.
          jwks_urls: [],
          allowed_algorithms: bearerTokenAlgorithms,
          // Asked of the pod's own cache, which decides how often the issuer is.
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
