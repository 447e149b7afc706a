import { CronJob } from "@pulumi/kubernetes/batch/v1";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { all, type CustomResourceOptions, type Input } from "@pulumi/pulumi";
import {
  leaversAdminVariable,
  leaversDefaults,
  leaversFiles,
  leaversSettings,
  leaversSettingsFile,
} from "../../documents/kratos/leavers";
import { nobodyUser } from "../../documents/shared/users";
import { defined } from "../../documents/shared/defined";
import { countProblems } from "../../documents/shared/kubernetesNames";
import type { Partly } from "../../documents/shared/partly";
import { ofKnown, type Path, type Problem } from "../../documents/shared/problem";
import { scheduleProblems } from "../../documents/shared/schedule";
import type { IdentityServerArgs } from "../identityServer";
import { createImmutableConfigMap } from "../shared/immutable";
import { labelsOf, type Labels } from "../shared/labels";
import { container, cronJobSpec, newPodForEachAttempt, podSpec, resources } from "../shared/pods";
import { script } from "../shared/scripts";
import { adminEgress, adminUrl } from "./adminApi";
import { admissionsOf } from "./admissions";
import { createClientPolicy } from "./clientPolicy";

/**
 * A check that keeps out people who have left: it deactivates everybody whom no login provider would admit today, and
 * ends their sessions. It reads the lists of the last `pulumi up`, and asks no login provider. With groups by claims it
 * also deletes identities whose claims are as old as a session, so that their next sign-in reads them.
 */
export interface LeaversArgs {
  /**
   * Cron schedule, in UTC.
   * @default every five minutes
   */
  readonly schedule?: string;
  /**
   * How many people one check may deactivate. If there are more, the lists are taken to be wrong: the check fails, and
   * deactivates nobody. People whose claims are too old, and whose identities are only deleted, do not count.
   * @default 20
   */
  readonly atMost?: number;
}

/** Checks when somebody may leave, and how many at once. */
export function leaversProblems(path: Path, { atMost, schedule }: Partly<LeaversArgs>): readonly Problem[] {
  return [
    ...ofKnown(schedule, (when) => scheduleProblems(path("schedule"), when)),
    ...ofKnown(atMost, (count) => countProblems(path("atMost"), count, leaversDefaults.atMost)),
  ];
}

const role = "identity-leavers";
const folder = "/etc/portcullis";

/**
 * Created before the servers: a new login provider may let people in only once the check knows it.
 *
 * @returns what servers wait for
 */
export function createLeavers(
  identityServer: string,
  leavers: LeaversArgs,
  args: IdentityServerArgs,
  adminService: Input<string>,
  opts: CustomResourceOptions,
): CronJob {
  const name = `${identityServer}-leavers`;
  const labels = labelsOf(identityServer, role);
  const settled = { ...leaversDefaults, ...defined(leavers) };
  const policy = createClientPolicy(name, role, [adminEgress], args, opts);
  const files = createFiles(name, labels, settled, args, opts);
  return createCronJob(name, labels, settled, args, check(args, adminService), files, {
    ...opts,
    dependsOn: [policy],
  });
}

function createFiles(
  name: string,
  labels: Labels,
  { atMost }: Required<LeaversArgs>,
  { claimedGroups = {}, groups = {}, loginProviders, namespace, session }: IdentityServerArgs,
  opts: CustomResourceOptions,
): ConfigMap {
  const settings = all(groups).apply((members) =>
    leaversSettings(admissionsOf(loginProviders, members), atMost, {
      groups: claimedGroups,
      lifespan: session.lifespan,
    }),
  );
  return createImmutableConfigMap(
    name,
    {
      metadata: { namespace, labels },
      data: {
        ...Object.fromEntries(leaversFiles.map((file) => [file, script(`leavers/${file}`)])),
        [leaversSettingsFile]: settings.apply((known) => JSON.stringify(known, null, 2)),
      },
    },
    opts,
  );
}

function createCronJob(
  name: string,
  labels: Labels,
  { schedule }: Required<LeaversArgs>,
  { images, namespace, patches }: IdentityServerArgs,
  container: core.v1.Container,
  files: ConfigMap,
  opts: CustomResourceOptions,
): CronJob {
  return new CronJob(
    name,
    {
      metadata: { namespace, labels },
      spec: cronJobSpec({
        when: { schedule, timeZone: "Etc/UTC" },
        startingDeadlineSeconds: 240,
        failedJobs: 1,
        job: {
          // The next check is the next try.
          backoffLimit: 0,
          activeDeadlineSeconds: 600,
        },
        labels,
        pod: podSpec({
          user: nobodyUser,
          images,
          ...newPodForEachAttempt,
          containers: [container],
          volumes: [{ name: "config", configMap: { name: files.metadata.name } }],
        }),
        patch: patches?.leavers,
      }),
    },
    opts,
  );
}

function check({ images }: IdentityServerArgs, adminService: Input<string>): core.v1.Container {
  return container({
    name: "check",
    image: images.references.node,
    command: ["node", `${folder}/main.mjs`],
    env: [{ name: leaversAdminVariable, value: adminUrl(adminService) }],
    resources: resources(["20m", "500m"], ["64Mi", "256Mi"]),
    volumeMounts: [{ name: "config", mountPath: folder, readOnly: true }],
  });
}
