import { z } from "zod";
import { podLabels } from "../../components/shared/labels";
import type { Cluster } from "../shared/cluster";
import { Failure } from "../shared/failure";
import { runningPods } from "../shared/pods";
import { withPortForward } from "../shared/portForward";
import { kratosPorts } from "../../documents/kratos/config";

const PAGE_SIZE = 250;

const identitySchema = z.object({
  id: z.string(),
  state: z.enum(["active", "inactive"]),
  metadata_public: z.object({ email: z.string() }).partial().nullish(),
  metadata_admin: z.object({ workspaceDomain: z.string() }).partial().nullish(),
  credentials: z
    .object({ oidc: z.object({ identifiers: z.array(z.string()) }).partial() })
    .partial()
    .nullish(),
});
const sessionSchema = z.object({
  id: z.string(),
  authenticated_at: z.string(),
  expires_at: z.string(),
  identity: z.object({ id: z.string() }),
});

/** An identity as the admin API shows it. */
export type IdentityDocument = z.infer<typeof identitySchema>;
/** A session that lets somebody in. */
export type SessionDocument = z.infer<typeof sessionSchema>;

/** Kratos' admin API. @see https://www.ory.com/docs/kratos/reference/api */
export class AdminApi {
  constructor(private readonly base: string) {}

  /** Every identity, with the names of its accounts at login providers. */
  identities(): Promise<IdentityDocument[]> {
    return this.all("/admin/identities?include_credential=oidc", identitySchema);
  }

  /** Every session that has neither ended nor expired. */
  sessions(): Promise<SessionDocument[]> {
    return this.all("/admin/sessions?active=true&expand=identity", sessionSchema);
  }

  /** Ends all sessions of an identity, which may have none. */
  async endSessions(identity: string): Promise<void> {
    await this.ask(`/admin/identities/${identity}/sessions`, { method: "DELETE" }, [404]);
  }

  /** An inactive identity can neither sign in nor use a session. */
  async setState(identity: string, state: IdentityDocument["state"]): Promise<void> {
    const patch = [{ op: "replace", path: "/state", value: state }];
    await this.ask(`/admin/identities/${identity}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(patch),
    });
  }

  private async all<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
    const found: T[] = [];
    let next: string | undefined = `${path}&page_size=${PAGE_SIZE}`;
    while (next !== undefined) {
      const answer = await this.ask(next);
      found.push(...z.array(schema).parse(await answer.json()));
      next = nextPage(answer.headers.get("link"));
    }
    return found;
  }

  private async ask(
    path: string,
    init: RequestInit = {},
    alsoFine: readonly number[] = [],
  ): Promise<Response> {
    const answer = await fetch(new URL(path, this.base), init);
    if (answer.ok || alsoFine.includes(answer.status)) return answer;
    throw new Failure(
      `The identity server answers ${answer.status} to ${init.method ?? "GET"} ${path}: ${await answer.text()}`,
    );
  }
}

/** The address of the page that a `Link` header calls the next one. @see https://www.rfc-editor.org/rfc/rfc8288 */
function nextPage(link: string | null): string | undefined {
  return /<([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1];
}

/** Runs `use` with the admin API of a gateway. */
export function withAdminApi<T>(
  cluster: Cluster,
  namespace: string,
  use: (api: AdminApi) => Promise<T>,
): Promise<T> {
  return withAdminUrl(cluster, namespace, (url) => use(new AdminApi(url)));
}

/** Runs `use` with its URL, by a port-forward to one of the gateway's pods: nothing in the cluster is opened. */
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
