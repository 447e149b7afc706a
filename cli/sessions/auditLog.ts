import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { Failure } from "../shared/failure";
import { parsedJson } from "../../documents/shared/json";
import { errorMessage } from "../../documents/shared/errorMessage";

/** A request that was let through with a session, as the proxy logs it. */
const used = z.object({
  audit: z.literal("request"),
  decision: z.literal("allowed"),
  reason: z.literal("session"),
  time: z.iso.datetime({ offset: true }),
  rule: z.string(),
  identity: z.string().min(1),
});

/** When each person last used each service. */
export interface LastUses {
  /** The time in UTC; undefined for never. @param rule as name.namespace */
  readonly of: (identity: string, rule: string) => string | undefined;
}

/**
 * Reads the lines of the audit log in a file, which may contain any part of the log; other lines of the proxy are ignored.
 *
 * @throws {Failure} when the file cannot be read, or has no such line
 */
export async function lastUses(file: string): Promise<LastUses> {
  const last = new Map<string, string>();
  let isAuditLog = false;
  try {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      if (!line.includes('"audit":"request"')) continue;
      isAuditLog = true;
      const { data } = used.safeParse(parsedJson(line));
      if (!data) continue;
      const key = keyOf(data.identity, data.rule);
      const time = new Date(data.time).toISOString();
      if (time > (last.get(key) ?? "")) last.set(key, time);
    }
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${errorMessage(error)}`);
  }
  if (!isAuditLog) throw new Failure(`${file} has no line of the audit log.`);
  return { of: (identity, rule) => last.get(keyOf(identity, rule)) };
}

function keyOf(identity: string, rule: string): string {
  return `${identity} ${rule}`;
}
