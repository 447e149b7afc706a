import { Configuration, IdentityApi, ResponseError } from "@ory/client-fetch";
import { z } from "zod";
import { podLabels } from "../../components/shared/labels";
import type { Cluster } from "../shared/cluster";
import { Failure } from "../shared/failure";
import { runningPods } from "../shared/pods";
import { withPortForward } from "../shared/portForward";
import { kratosPorts } from "../../documents/kratos/config";

const PAGE_SIZE = 250;

/** An account at a login provider, with the ID token of the first sign-in, which an identity created by hand does not have. */
const linkSchema = z.object({
  provider: z.string(),
  subject: z.string(),
  initial_id_token: z.string().nullish(),
});
const identitySchema = z.object({
  id: z.string(),
  state: z.enum(["active", "inactive"]),
  metadata_public: z.object({ email: z.string(), groups: z.string() }).partial().nullish(),
  metadata_admin: z.object({ workspaceDomain: z.string() }).partial().nullish(),
  credentials: z
    .object({
      oidc: z
        .object({
          identifiers: z.array(z.string()),
          config: z.object({ providers: z.array(linkSchema) }).partial(),
        })
        .partial(),
    })
    .partial()
    .nullish(),
});
const sessionSchema = z.object({
  id: z.string(),
  authenticated_at: z.string(),
  expires_at: z.string(),
  identity: z.object({ id: z.string() }),
});

/** An identity as returned by the admin API. */
export type IdentityDocument = z.infer<typeof identitySchema>;
/** A valid session. */
export type SessionDocument = z.infer<typeof sessionSchema>;

/** What identifies an account: Kratos writes `provider:subject`. */
export interface AccountName {
  readonly provider: string;
  readonly subject: string;
}

/** A page of a list, as Ory's client returns it. */
interface Page {
  readonly raw: Response;
}
type Position = Readonly<{ pageSize: number; pageToken?: string }>;

/** The calls to Kratos' admin API that the commands make. @see https://www.ory.com/docs/kratos/reference/api */
export class AdminApi {
  private readonly api: IdentityApi;

  /** @param headers for every request, for Kratos' log */
  constructor(basePath: string, headers: Readonly<Record<string, string>> = {}) {
    this.api = new IdentityApi(new Configuration({ basePath, headers }));
  }

  /** All identities, with the names of their accounts at login providers. */
  identities(): Promise<IdentityDocument[]> {
    return all(identitySchema, (position) =>
      this.api.listIdentitiesRaw({ ...position, includeCredential: ["oidc"] }),
    );
  }

  /** All sessions that have neither ended nor expired. */
  sessions(): Promise<SessionDocument[]> {
    return all(sessionSchema, (position) =>
      this.api.listSessionsRaw({ ...position, active: true, expand: ["identity"] }),
    );
  }

  /** Ends all sessions of an identity, if it has any. */
  async endSessions(id: string): Promise<void> {
    await answered(this.api.deleteIdentitySessions({ id }), [404]);
  }

  /** An inactive identity can neither sign in nor use a session. */
  async setState(id: string, state: IdentityDocument["state"]): Promise<void> {
    await answered(
      this.api.patchIdentity({ id, jsonPatch: [{ op: "replace", path: "/state", value: state }] }),
    );
  }

  /** Deletes an identity, together with its accounts, second factors and sessions. */
  async deleteIdentity(id: string): Promise<void> {
    await answered(this.api.deleteIdentity({ id }), [404]);
  }

  /**
   * Lets an identity sign in with one more account. Everything else is written back unchanged, except the groups from the
   * former provider.
   */
  async addAccount(id: string, { provider, subject }: AccountName): Promise<void> {
    const identity = await answered(this.api.getIdentity({ id }));
    if (!identity) return;
    const { schema_id, state = "active" } = identity;
    const kept = {
      traits: identity.traits as object,
      metadata_admin: without("groupsVersion", identity.metadata_admin),
      metadata_public: without("groups", identity.metadata_public),
    };
    const credentials = { oidc: { config: { providers: [{ provider, subject }] } } };
    const updateIdentityBody = { schema_id, state, ...kept, credentials };
    await answered(this.api.updateIdentity({ id, updateIdentityBody }));
  }

  /** Removes an account from an identity that has another one. */
  async removeAccount(id: string, { provider, subject }: AccountName): Promise<void> {
    const identifier = `${provider}:${subject}`;
    await answered(this.api.deleteIdentityCredentials({ id, type: "oidc", identifier }), [404]);
  }
}

function without(key: string, metadata: unknown): unknown {
  if (typeof metadata !== "object" || metadata === null) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
}

/** The documents of all pages, as far as the commands read them: the client's types allow anything in what users store. */
async function all<T>(schema: z.ZodType<T>, list: (position: Position) => Promise<Page>): Promise<T[]> {
  const found: T[] = [];
  const asked = new Set<string>();
  let pageToken: string | undefined;
  do {
    const page = await answered(list({ pageSize: PAGE_SIZE, ...(pageToken !== undefined && { pageToken }) }));
    if (!page) break;
    found.push(...z.array(schema).parse(await page.raw.json()));
    const next = nextPage(page.raw.headers.get("link"));
    if (next !== undefined && asked.has(next)) throw new Failure("The identity server's list does not end.");
    if (next !== undefined) asked.add(next);
    pageToken = next;
  } while (pageToken !== undefined);
  return found;
}

/** @throws {Failure} with the identity server's message, unless its status is also fine */
async function answered<T>(asked: Promise<T>, alsoFine: readonly number[] = []): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { status, url } = error.response;
    if (alsoFine.includes(status)) return undefined;
    throw new Failure(
      `The identity server answers ${status} at ${new URL(url).pathname}: ${await error.response.text()}`,
    );
  }
}

/** The token of the page that a `Link` header names as the next one. @see https://www.rfc-editor.org/rfc/rfc8288 */
function nextPage(link: string | null): string | undefined {
  const next = /<([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return next === undefined
    ? undefined
    : (new URL(next, "http://kratos").searchParams.get("page_token") ?? undefined);
}

/**
 * Runs `use` with the admin API of a gateway.
 * @param headers for every request, for Kratos' log
 */
export function withAdminApi<T>(
  cluster: Cluster,
  namespace: string,
  use: (api: AdminApi) => Promise<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  return withAdminUrl(cluster, namespace, (url) => use(new AdminApi(url, headers)));
}

/** Runs `use` with its URL, through a port-forward to one of the gateway's pods: nothing in the cluster is opened. */
export async function withAdminUrl<T>(
  cluster: Cluster,
  namespace: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const [name] = await runningPods(cluster, namespace, podLabels("identity-server"));
  if (name === undefined)
    throw new Failure(`No pod of the identity server runs in the namespace "${namespace}" of this cluster.`);
  return withPortForward(cluster, { namespace, name, port: kratosPorts.admin }, (port) =>
    use(`http://127.0.0.1:${port}`),
  );
}
