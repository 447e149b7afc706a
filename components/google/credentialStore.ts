import { Service } from "@pulumi/gcp/projects/service";
import { Secret } from "@pulumi/gcp/secretmanager/secret";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import type { ComponentResource, Input, Output } from "@pulumi/pulumi";

/** Where a credential is kept in addition to the gateway: for other stacks, for operators, and for the next rotation. */
export interface CredentialStoreArgs {
  /** The secret's project. Its Secret Manager API is enabled, and stays enabled. */
  readonly project: Input<string>;
  /** Letters, digits, hyphens and underscores. */
  readonly secretId: string;
  /**
   * IAM members that may read it, each under a name that does not change:
   * `{ operators: "group:operators@example.com" }`.
   * @default everybody whom the project allows
   */
  readonly accessors?: Readonly<Record<string, Input<string>>>;
  /**
   * Whether Pulumi refuses to delete the secret.
   * @default true
   */
  readonly protect?: boolean;
}

/** How long a version that somebody destroys can be restored, as a Duration of Google's API. */
const untilDestroyed = "604800s";

/**
 * A secret in Google's Secret Manager whose newest version is the credential, in the form of the console's file. An
 * earlier one is disabled when it is replaced, until somebody destroys it, which can be undone for a week.
 *
 * @see https://cloud.google.com/secret-manager/docs/delay-destruction-of-secret-versions
 * @see https://www.pulumi.com/registry/packages/gcp/api-docs/secretmanager/secret/
 */
export class CredentialStore {
  constructor(
    private readonly name: string,
    private readonly args: CredentialStoreArgs,
    private readonly parent: ComponentResource,
    credential: Output<string>,
  ) {
    const secret = this.createSecret(this.createService());
    this.createVersion(secret, credential);
    this.createAccessors(secret);
  }

  private createService(): Service {
    return new Service(
      `${this.name}-secret-manager`,
      { project: this.args.project, service: "secretmanager.googleapis.com", disableOnDestroy: false },
      { parent: this.parent },
    );
  }

  private createSecret(service: Service): Secret {
    const { project, protect = true, secretId } = this.args;
    return new Secret(
      `${this.name}-credential`,
      {
        project,
        secretId,
        replication: { auto: {} },
        deletionProtection: protect,
        versionDestroyTtl: untilDestroyed,
      },
      { parent: this.parent, dependsOn: [service] },
    );
  }

  private createVersion(secret: Secret, credential: Output<string>): void {
    new SecretVersion(
      `${this.name}-credential`,
      { secret: secret.id, secretData: credential, deletionPolicy: "DISABLE" },
      { parent: this.parent },
    );
  }

  private createAccessors(secret: Secret): void {
    for (const [name, member] of Object.entries(this.args.accessors ?? {}))
      new SecretIamMember(
        `${this.name}-credential-${name}`,
        {
          project: secret.project,
          secretId: secret.secretId,
          role: "roles/secretmanager.secretAccessor",
          member,
        },
        { parent: this.parent },
      );
  }
}
