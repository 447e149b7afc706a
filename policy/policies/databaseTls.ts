import { asvs } from "../lib/frameworks";
import { found, type Problem } from "../../documents/shared/problem";
import { connectionsIn } from "../lib/connections";
import { ofEachStoredText, valueAt } from "../lib/documents";
import { objectsOf, type KubernetesObject } from "../lib/objects";
import { containersOf, podsOf } from "../lib/pods";
import { resourcePolicy } from "../lib/policy";
import { matchesAny } from "../lib/text";
import { ofEach } from "../lib/unknown";

interface Options {
  readonly trustedHosts: readonly string[];
}

export const databaseTls = resourcePolicy<Options>({
  name: "database-tls",
  description: "Connections to databases outside the cluster are encrypted.",
  level: "mandatory",
  severity: "high",
  why: "The password, and every identity and session, otherwise cross a network that others share.",
  remediationSteps:
    "Connect with sslmode=verify-full and the certificate authority of the database; or list the host of a tunnel in the option trustedHosts.",
  url: "https://www.postgresql.org/docs/17/libpq-ssl.html#LIBPQ-SSL-PROTECTION",
  framework: asvs("9.2.2"),
  options: {
    trustedHosts: {
      type: "array",
      items: { type: "string" },
      description: "Hosts reached through an encrypted tunnel, `*` standing for anything.",
      default: [],
    },
  },
  *check(resource, options): Generator<Problem> {
    if (resource.type === "portcullis:index:Postgres") {
      const [host, sslMode] = ["host", "sslMode"].map((key) => valueAt(resource.props, "database", key));
      if (isOutside(typeof host === "string" ? host : "", options) && !isEncrypted(sslMode))
        yield plain("database.sslMode", found(sslMode));
    }
    yield* ofEach(objectsOf(resource), (object) =>
      ofEach([ofEachStoredText, containerTexts], (source) =>
        source(object, (path: string, text: string) =>
          connectionProblems(object.prefix + path, text, options),
        ),
      ),
    );
  },
});

type Visit = (path: string, text: string) => Iterable<Problem>;

function* containerTexts(object: KubernetesObject, visit: Visit): Generator<Problem> {
  const pods = podsOf(object);
  if (!pods) return;
  yield* ofEach(containersOf(pods), function* ({ path, container }) {
    yield* ofEach(container.env ?? [], ({ value = "" }, at) => visit(`${path}.env[${at}].value`, value));
    for (const property of ["command", "args"] as const)
      yield* ofEach(container[property] ?? [], (word, at) => visit(`${path}.${property}[${at}]`, word));
  });
}

function* connectionProblems(path: string, text: string, options: Options): Generator<Problem> {
  for (const { host, mode } of connectionsIn(text))
    if (isOutside(host, options) && !isEncrypted(mode)) yield plain(path, "a connection without TLS");
}

/** Names of Services, the pod itself, and a socket's folder, are inside. An IP address may be anywhere. */
function isOutside(host: string, { trustedHosts }: Options): boolean {
  const isService = /^[a-z0-9-]*$/.test(host) || /\.svc(\.cluster\.local)?\.?$/.test(host);
  const isPod = /^(127\.[0-9.]+|\[::1\])$/.test(host);
  return !isService && !isPod && !host.startsWith("/") && !matchesAny(host, trustedHosts);
}

function isEncrypted(mode: unknown): boolean {
  return ["require", "verify-ca", "verify-full", "true"].includes(String(mode));
}

/** Never quotes a connection: it may contain a password. */
function plain(path: string, value: string): Problem {
  return {
    path,
    value,
    reason: "goes unencrypted to a database outside the cluster",
    fix: "Use sslmode=verify-full with the certificate authority of the database.",
  };
}
