import { withAdminUrl } from "../../cli/sessions/adminApi";
import type { DevCluster } from "../../dev/devCluster";
import type { PersonName } from "./person";

interface Identity {
  readonly id: string;
  readonly metadata_public: { readonly email?: string } | null;
}

/** An administrator's actions on the stub issuer's people, through Kratos' admin API. */
export class Identities {
  constructor(
    private readonly cluster: DevCluster,
    private readonly namespace: string,
  ) {}

  /** Makes the gateway forget a person, so that the next sign-in is a first one. */
  forget(person: PersonName): Promise<void> {
    return this.delete("", isOf(person));
  }

  /** Makes the gateway forget all people, so that everybody may sign in by another provider. */
  forgetAll(): Promise<void> {
    return this.delete("", () => true);
  }

  /** Revokes all sessions of a person. */
  revokeSessions(person: PersonName): Promise<void> {
    return this.delete("/sessions", isOf(person));
  }

  private delete(what: string, concerns: (identity: Identity) => boolean): Promise<void> {
    return withAdminUrl(this.cluster, this.namespace, async (api) => {
      const identities = (await (await fetch(`${api}/admin/identities`)).json()) as readonly Identity[];
      for (const { id } of identities.filter(concerns)) {
        const { ok, status } = await fetch(`${api}/admin/identities/${id}${what}`, { method: "DELETE" });
        if (!ok) throw new Error(`Kratos answered ${String(status)}`);
      }
    });
  }
}

function isOf(person: PersonName): (identity: Identity) => boolean {
  return ({ metadata_public: known }) => known?.email === `${person}@example.com`;
}
