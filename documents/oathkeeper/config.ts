import { sessionCookieName } from "../shared/cookies";
import type { SecondFactor } from "../kratos/config";
import { authorizeHeaders, authorizeUrl } from "../nginx/authorize";
import { publicPathsUrl } from "../nginx/publicPaths";
import { claimsTemplate } from "../nginx/requiredClaims";
import { headerGuard, identityHeaders, overwrittenHeaderTemplates, upgradeTemplates } from "./headers";
import { machineAlgorithms, subjectSeparator } from "./machines";
import { tokenLife } from "./signedIdentity";

/** Ports of the proxy's listeners. The API one, which tells every rule, is on 127.0.0.1. */
export const oathkeeperPorts = { proxy: 4455, api: 4456, metrics: 9000 } as const;

/** Where the proxy reads its rules; the folder must exist when it starts. */
export const ruleFile = "/rules/access-rules.json";

/** Paths of the API listener for probes: ready only while at least one valid rule is loaded. nginx passes them on. */
export const oathkeeperHealth = { alive: "/health/alive", ready: "/health/ready" } as const;

/** Arguments of the container; telemetry is no part of the configuration file. */
export function oathkeeperArguments(configFile: string): string[] {
  return ["serve", "--config", configFile, "--sqa-opt-out", "--disable-telemetry"];
}

/** The handlers that {@link oathkeeperConfig} enables: a rule with any other would answer 500. */
export const enabledHandlers = {
  authenticators: ["cookie_session", "bearer_token", "jwt", "unauthorized"],
  authorizers: ["allow", "deny", "remote_json"],
  mutators: ["noop", "header", "cookie", "id_token"],
} as const;

export interface OathkeeperConfigInput {
  /** Where a browser that may not go on is told why: `https://auth.apps.example.com` and `doorPath`. */
  readonly doorUrl: string;
  /** Kratos' whoami, asked through the pod-local session check: {@link sessionCheckUrl}. */
  readonly sessionCheckUrl: string;
  readonly secondFactor: SecondFactor;
  /** What signs identities for upstreams: the tokens' `iss`, and the file of the private key. */
  readonly signer: { readonly issuer: string; readonly keyFile: string };
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
const ofMachine = ".Extra.iss";

/**
 * Go templates of the identity headers. A program is never called as a person is, whose id is a UUID, nor as a program of
 * another issuer. The e-mail address is the one the claims mapper verified: a visitor can write what he likes into
 * traits. An identity without it gets an empty header, not an error.
 */
const userIdTemplate = `{{ if ${ofMachine} }}machine:{{ ${ofMachine} }}${subjectSeparator}{{ end }}{{ print .Subject }}`;
const userEmailTemplate = ofPerson("{{ . }}");

/** The visitor's verified address, put in where `template` has a dot; nothing for a machine, whatever its token claims. */
function ofPerson(template: string): string {
  return `{{ if not ${ofMachine} }}{{ with .Extra.identity }}{{ with .metadata_public }}{{ with .email }}${template}{{ end }}{{ end }}{{ end }}{{ end }}`;
}

/**
 * A signed identity has the `sub` of a program's token, and no template can change it. So one that looks like a person's
 * id, a UUID, fails the request, and any other comes with its issuer.
 */
const programClaims =
  `{{ if ${ofMachine} }}` +
  '{{ if regexMatch "(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" .Subject }}' +
  '{{ fail "the subject of a token looks like the id of a person" }}{{ end }}' +
  `,"machine":{"iss":{{ toJson ${ofMachine} }},"sub":{{ toJson .Subject }}}{{ end }}`;

/**
 * Claims of a signed identity, besides those of every token: for whom it is, which is the address that was asked and so
 * no other service's, and the verified address of a person or the issuer and subject of a program.
 */
const tokenClaims = `{"aud":"{{ .MatchContext.URL.Scheme }}://{{ .MatchContext.URL.Host }}"${ofPerson(',"email":{{ printf "%q" . }}')}${programClaims}}`;

/** What the question who may use a service says of the visitor; a header without a text is not sent. */
function authorizeHeaderTemplates(): Record<string, string> {
  return {
    [authorizeHeaders.known]: `{{ if or .Subject ${ofMachine} }}1{{ end }}`,
    [authorizeHeaders.machine]: `{{ if ${ofMachine} }}1{{ end }}`,
    [authorizeHeaders.claims]: `{{ if ${ofMachine} }}${claimsTemplate(".Extra")}{{ end }}`,
    [authorizeHeaders.email]: ofPerson("{{ urlquery . }}"),
    [authorizeHeaders.path]: "{{ .MatchContext.URL.EscapedPath }}",
  };
}

/** What every upstream gets in the place of whatever the client wrote there. */
function upstreamHeaderTemplates(): Readonly<Record<string, string>> {
  return {
    ...overwrittenHeaderTemplates(),
    ...upgradeTemplates,
    [identityHeaders.userId]: headerGuard() + userIdTemplate,
    [identityHeaders.userEmail]: userEmailTemplate,
  };
}

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
      proxy: {
        port: oathkeeperPorts.proxy,
        // The rules' scheme comes from X-Forwarded-Proto; only the ingress reaches this port.
        trust_forwarded_headers: true,
        // Uploads, event streams and long polls; the defaults cut them after 5 s and 120 s.
        timeout: { read: "60m", write: "60m", idle: "120s" },
        // Every service's cookie is every other one's: no page may read what another service answers.
        cors: { enabled: false },
      },
      // Nobody's but the pod's own: a Rule could lead to the pod's address, which no NetworkPolicy closes to itself.
      api: { host: "127.0.0.1", port: oathkeeperPorts.api },
      // The label would be the first path segment, which the client chooses: a series each.
      prometheus: { port: oathkeeperPorts.metrics, hide_request_paths: true },
    },
    access_rules: { repositories: [`file://${ruleFile}`], matching_strategy: "glob" },
    authenticators: {
      cookie_session: {
        enabled: true,
        config: {
          check_session_url: input.sessionCheckUrl,
          only: [sessionCookieName],
          // Kratos answers whoami to GET alone. "Preserve" means: keep the path and query of the URL above.
          force_method: "GET",
          preserve_path: true,
          preserve_query: true,
          // For the audit line of the session check: which host was asked, from where.
          preserve_host: true,
          forward_http_headers: ["X-Forwarded-For"],
          ...visitor,
        },
      },
      // The session check of services with public paths: it is asked for every request, so that it can say that a path
      // needs no session. The name stands for what Oathkeeper has it for; here the "token" is a header of the ingress.
      bearer_token: {
        enabled: true,
        config: {
          // Without a list of the rule's own nothing is public.
          check_session_url: publicPathsUrl({ exact: [], prefix: [] }),
          token_from: { header: "X-Forwarded-Proto" },
          force_method: "GET",
          preserve_path: false,
          preserve_query: true,
          preserve_host: true,
          forward_http_headers: ["Cookie", "X-Forwarded-For"],
          ...visitor,
        },
      },
      jwt: {
        enabled: true,
        config: {
          // Without keys of the rule's own no token is valid.
          jwks_urls: [],
          allowed_algorithms: machineAlgorithms,
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
      remote_json: {
        enabled: true,
        config: {
          // Without lists of the rule's own nobody is let through.
          remote: authorizeUrl({ emails: [], domains: [] }),
          headers: authorizeHeaderTemplates(),
          payload: "{}",
          // One try: an answer is a matter of the pod alone, and a retry waits for a second at least.
          retry: { give_up_after: "1ms", max_delay: "1ms" },
        },
      },
    },
    mutators: {
      noop: { enabled: true },
      header: { enabled: true, config: { headers: upstreamHeaderTemplates() } },
      // An upstream that got the session cookie could replay it on every other service.
      cookie: { enabled: true, config: { cookies: { [sessionCookieName]: "" } } },
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
    errors: {
      fallback: ["redirect", "json"],
      handlers: {
        redirect: {
          enabled: true,
          config: {
            to: input.doorUrl,
            code: 302,
            return_to_query_param: "return_to",
            // Browsers alone: a program is told 401 or 403 at once. The door tells the reasons apart.
            when: [{ error: ["unauthorized", "forbidden"], request: { header: { accept: ["text/html"] } } }],
          },
        },
        json: { enabled: true, config: { verbose: false } },
      },
    },
  };
}
