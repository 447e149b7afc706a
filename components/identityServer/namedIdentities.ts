import { Job } from "@pulumi/kubernetes/batch/v1";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { CustomResourceOptions, Input, Resource } from "@pulumi/pulumi";
import { identityList } from "../../documents/kratos/namedIdentities";
import { nobodyUser } from "../../documents/shared/users";
import type { IdentityServerArgs } from "../identityServer";
import { anewOnceFailed } from "../shared/awaiting";
import { createImmutableConfigMap } from "../shared/immutable";
import { labelsOf, type Labels } from "../shared/labels";
import { patched } from "../shared/patch";
import { container, newPodForEachAttempt, podSpec, resources } from "../shared/pods";
import { script as scriptText } from "../shared/scripts";
import { adminEgress, adminUrl } from "./adminApi";
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
  const name = `${identityServer}-names`;
  const labels = labelsOf(identityServer, role);
  const policy = createClientPolicy(name, role, [adminEgress], args, opts);
  const files = createImmutableConfigMap(
    name,
    {
      metadata: { namespace: args.namespace, labels },
      data: { [script]: scriptText(script), [listFile]: list },
    },
    opts,
  );
  createJob(name, labels, list, args, create(args, adminService), files, {
    ...opts,
    deleteBeforeReplace: true,
    dependsOn: [...after, policy],
  });
}

function createJob(
  name: string,
  labels: Labels,
  list: string,
  { database, images, namespace, patches }: IdentityServerArgs,
  container: core.v1.Container,
  files: ConfigMap,
  opts: CustomResourceOptions,
): void {
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
              ...newPodForEachAttempt,
              containers: [container],
              volumes: [{ name: "identities", configMap: { name: files.metadata.name } }],
            }),
          },
        },
        patches?.identityNames,
      ),
    },
    opts,
  );
}

function create({ images }: IdentityServerArgs, adminService: Input<string>): core.v1.Container {
  return container({
    name: "create",
    image: images.references.busybox,
    command: ["sh", `${listFolder}/${script}`],
    env: [
      { name: "ADMIN_URL", value: adminUrl(adminService) },
      { name: "IDENTITIES_FILE", value: `${listFolder}/${listFile}` },
    ],
    terminationMessagePolicy: "FallbackToLogsOnError",
    resources: resources(["10m", "200m"], ["8Mi", "32Mi"]),
    volumeMounts: [{ name: "identities", mountPath: listFolder, readOnly: true }],
  });
}
