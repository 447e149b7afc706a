import { CronJob } from "@pulumi/kubernetes/batch/v1";
import { all, interpolate, type CustomResourceOptions, type Input } from "@pulumi/pulumi";
import { kratosPorts } from "../../documents/kratos/config";
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
import { admissionsOf } from "./admissions";
import type { IdentityServerArgs } from "../identityServer";
import { createImmutableConfigMap } from "../shared/immutable";
import { labelsOf, podLabels } from "../shared/labels";
import { pods } from "../shared/networkPolicies";
import { container, cronJobSpec, podSpec, resources } from "../shared/pods";
import { script } from "../shared/scripts";
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
  const { claimedGroups = {}, groups = {}, images, loginProviders, namespace, session } = args;
  const { atMost, schedule } = { ...leaversDefaults, ...defined(leavers) };
  const labels = labelsOf(identityServer, role);
  const name = `${identityServer}-leavers`;
  const admin = { to: [pods(podLabels("identity-server"))], ports: [kratosPorts.admin] };
  const policy = createClientPolicy(name, role, [admin], args, opts);
  const files = createImmutableConfigMap(
    name,
    {
      metadata: { namespace, labels },
      data: {
        ...Object.fromEntries(leaversFiles.map((file) => [file, script(`leavers/${file}`)])),
        [leaversSettingsFile]: all(groups).apply((members) =>
          JSON.stringify(
            leaversSettings(admissionsOf(loginProviders, members), atMost, {
              groups: claimedGroups,
              lifespan: session.lifespan,
            }),
            null,
            2,
          ),
        ),
      },
    },
    opts,
  );
  const check = container({
    name: "check",
    image: images.references.node,
    command: ["node", `${folder}/main.mjs`],
    env: [{ name: leaversAdminVariable, value: interpolate`http://${adminService}:${kratosPorts.admin}` }],
    resources: resources(["20m", "500m"], ["64Mi", "256Mi"]),
    volumeMounts: [{ name: "config", mountPath: folder, readOnly: true }],
  });
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
          // A new pod for each attempt, so that the logs of each stay readable.
          restartPolicy: "Never",
          containers: [check],
          volumes: [{ name: "config", configMap: { name: files.metadata.name } }],
        }),
        patch: args.patches?.leavers,
      }),
    },
    { ...opts, dependsOn: [policy] },
  );
}
