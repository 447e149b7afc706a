import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";

/** Runs `use` with a folder of services, one per file, each with hosts and lists as a real service has. */
export async function withServiceFiles<T>(count: number, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-bench-"));
  try {
    for (let index = 0; index < count; index += 1)
      await writeFile(join(folder, `service-${index}.yaml`), stringify(service(index)));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function service(index: number): object {
  const name = `service-${index}`;
  return {
    upstream: {
      namespace: "portcullis",
      name,
      port: 80,
      targetPort: 8080,
      pods: { "app.kubernetes.io/name": name },
    },
    access: { emails: [`owner-${index}@example.com`], domains: ["example.com"] },
    publicPaths: [{ path: "/healthz", match: "exact" }],
  };
}
