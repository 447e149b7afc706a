import { Job } from "@pulumi/kubernetes/batch/v1";
import { interpolate, type CustomResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import { kratosPorts } from "../../documents/kratos/config";
import { identityList } from "../../documents/kratos/namedIdentities";
import { nobodyUser } from "../../documents/shared/users";
import type { IdentityServerArgs } from "../identityServer";
import { anewOnceFailed } from "../shared/awaiting";
import { createImmutableConfigMap } from "../shared/immutable";
import { labelsOf, podLabels } from "../shared/labels";
import { pods } from "../shared/networkPolicies";
import { patched } from "../shared/patch";
import { container, podSpec, resources } from "../shared/pods";
import { script as scriptText } from "../shared/scripts";
import { createClientPolicy } from "./clientPolicy";
import { jobName } from "./jobName";

const role = "identity-names";
const listFolder = "/identities";
const listFile = "identities.tsv";
const script = "create-identities.sh";

/** The people whom closed providers name, one per line; empty if there is nobody to create. */
function listOf({ loginProviders }: Pick<IdentityServerArgs, "loginProviders">): string {
  return identityList(
    loginProviders.map(({ spec: { id, identities = [] } }) => ({ provider: id, identities })),
  );
}

/** Whether something outside of the server's pods asks the admin API. */
export function hasNamedIdentities(args: Pick<IdentityServerArgs, "loginProviders">): boolean {
  return listOf(args) !== "";
}

/** Creates the identities that closed providers name, once for each list and database; see `create-identities.sh`. */
export function createNamedIdentities(
  identityServer: string,
  args: IdentityServerArgs,
  adminService: Input<string>,
  after: Resource[],
  opts: CustomResourceOptions,
): void {
  const list = listOf(args);
  if (list === "") return;
  const { database, images, namespace } = args;
  const labels = labelsOf(identityServer, role);
  const name = `${identityServer}-names`;
  const admin = { to: [pods(podLabels("identity-server"))], ports: [kratosPorts.admin] };
  const policy = createClientPolicy(name, role, [admin], args, opts);
  const files = createImmutableConfigMap(
    name,
    { metadata: { namespace, labels }, data: { [script]: scriptText(script), [listFile]: list } },
    opts,
  );
  const create = container({
    name: "create",
    image: images.references.busybox,
    command: ["sh", `${listFolder}/${script}`],
    env: [
      { name: "ADMIN_URL", value: interpolate`http://${adminService}:${kratosPorts.admin}` },
      { name: "IDENTITIES_FILE", value: `${listFolder}/${listFile}` },
    ],
    terminationMessagePolicy: "FallbackToLogsOnError",
    resources: resources(["10m", "200m"], ["8Mi", "32Mi"]),
    volumeMounts: [{ name: "identities", mountPath: listFolder, readOnly: true }],
  });
  new Job(
    name,
    {
      metadata: {
        name: jobName(name, [list, database.host, database.port, database.database]),
        namespace,
        labels,
        annotations: anewOnceFailed,
      },
      spec: patched(
        {
          backoffLimit: 4,
          activeDeadlineSeconds: 300,
          template: {
            metadata: { labels },
            spec: podSpec({
              user: nobodyUser,
              images,
              // A new pod for each attempt, so that the logs of each stay readable.
              restartPolicy: "Never",
              containers: [create],
              volumes: [{ name: "identities", configMap: { name: files.metadata.name } }],
            }),
          },
        },
        args.patches?.identityNames,
      ),
    },
    { ...opts, deleteBeforeReplace: true, dependsOn: [...after, policy] },
  );
}
