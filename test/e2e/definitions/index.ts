import { join } from "node:path";
import { kubectl } from "../../../dev/kubectl";
import type { DevCluster } from "../../../dev/devCluster";
import { eventually } from "../../../cli/shared/eventually";
import { moduleSources } from "../../../dev/node/goModule";

/** Custom resource definitions of other projects, from their Go modules in the versions of go.mod. */
const sources = {
  cloudNativePg: {
    module: "github.com/cloudnative-pg/cloudnative-pg",
    files: [
      "config/crd/bases/postgresql.cnpg.io_clusters.yaml",
      "config/crd/bases/postgresql.cnpg.io_scheduledbackups.yaml",
    ],
    names: ["clusters.postgresql.cnpg.io", "scheduledbackups.postgresql.cnpg.io"],
  },
} as const;

/** Installs the definitions of a project and waits until the API server accepts its objects. */
export async function installDefinitions(cluster: DevCluster, project: keyof typeof sources): Promise<void> {
  const { files, module, names } = sources[project];
  const folder = await moduleSources(module, __dirname);
  const paths = files.map((file) => `--filename=${join(folder, file)}`);
  await kubectl(cluster, ["apply", "--server-side", ...paths]);
  const established = ["wait", "--for=condition=Established", "--timeout=180s"];
  // kubectl cannot wait for the conditions of an object that has none yet.
  await eventually(() =>
    kubectl(cluster, [...established, ...names.map((name) => `customresourcedefinition/${name}`)]),
  );
}

/** Removes the definitions, with all their objects. */
export async function removeDefinitions(cluster: DevCluster, project: keyof typeof sources): Promise<void> {
  const { names } = sources[project];
  await kubectl(cluster, ["delete", "customresourcedefinition", "--ignore-not-found", ...names]);
}
