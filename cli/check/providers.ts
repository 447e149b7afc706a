import { z } from "zod";
import { changedProviders } from "../../documents/kratos/changedProviders";
import type { PlannedResource } from "./preview";
import type { Item } from "./report";

const shown = z.object({ issuers: z.record(z.string(), z.string()) });

/** Warns of changes of login providers after which people who have signed in before are not recognized. */
export function providerItems(planned: readonly PlannedResource[]): Item[] {
  const servers = planned.filter(({ type }) => type.endsWith(":IdentityServer"));
  return servers.flatMap(({ inputs, former }) => {
    const [before, after] = [shown.safeParse(former), shown.safeParse(inputs)];
    if (!before.success || !after.success) return [];
    return changedProviders(before.data.issuers, after.data.issuers).map((message): Item => ({
      level: "warning",
      source: "login providers",
      message,
    }));
  });
}
