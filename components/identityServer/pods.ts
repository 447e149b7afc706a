import { basename } from "node:path/posix";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { nobodyUser } from "../../documents/shared/users";
import { authoritiesSources } from "../shared/authorities";
import type { IdentityServerArgs } from "../identityServer";
import { isReference } from "../shared/clientSecret";
import { proxyVariables } from "../shared/outbound";
import { container, podSpec, resources, type ContainerArgs } from "../shared/pods";
import type { Environment } from "./environment";
import { authoritiesFile, authoritiesFolder, certificateFile, configFolder } from "./files";

/** The folder of configuration, in a container. */
export const configMount: core.v1.VolumeMount = { name: "config", mountPath: configFolder, readOnly: true };

/** What a command's container has besides Kratos' own. */
type KratosContainerArgs = Partial<Omit<ContainerArgs, "name" | "image" | "resources" | "env">> & {
  /** Variables besides those that are named. */
  readonly env?: core.v1.EnvVar[];
};

/** The pods that Kratos runs in, which all have its configuration. */
export class KratosPods {
  constructor(
    private readonly args: IdentityServerArgs,
    private readonly config: ConfigMap,
    readonly environment: Environment,
  ) {}

  /** Kratos with a command's arguments and the named variables. */
  kratos(
    name: string,
    commandArguments: string[],
    variables: Iterable<string>,
    { env = [], ...more }: KratosContainerArgs = {},
  ): core.v1.Container {
    return container({
      name,
      image: this.args.images.references.kratos,
      args: commandArguments,
      env: [...this.outbound(), ...this.environment.variables(variables), ...env],
      // The claims mapper has one second to run: less than a quarter of a core fails sign-ins.
      resources: resources(["100m", "1"], ["128Mi", "512Mi"]),
      volumeMounts: [configMount],
      ...more,
    });
  }

  pod(spec: Omit<core.v1.PodSpec, "securityContext" | "imagePullSecrets">): core.v1.PodSpec {
    return podSpec({ user: nobodyUser, images: this.args.images, volumes: this.volumes(), ...spec });
  }

  volumes(): core.v1.Volume[] {
    return [{ name: configMount.name, ...this.files() }];
  }

  /** How login providers are reached. The system's own authorities are files of the image, not of a folder. */
  private outbound(): core.v1.EnvVar[] {
    const { outbound = {} } = this.args;
    const trust = { name: "SSL_CERT_DIR", value: authoritiesFolder };
    return [...proxyVariables(outbound), ...(outbound.authorities ? [trust] : [])];
  }

  /** The configuration, together with the certificate authorities that are kept elsewhere. */
  private files(): Omit<core.v1.Volume, "name"> {
    const config = { name: this.config.metadata.name };
    const beside = [...this.databaseAuthority(), ...this.providerAuthorities()];
    return beside.length === 0
      ? { configMap: config }
      : { projected: { sources: [{ configMap: config }, ...beside] } };
  }

  private databaseAuthority(): core.v1.VolumeProjection[] {
    const { caCertificate } = this.args.database;
    if (caCertificate === undefined || !isReference(caCertificate)) return [];
    const { secretName, key } = caCertificate;
    return [{ secret: { name: secretName, items: [{ key, path: certificateFile }] } }];
  }

  /** In a folder of their own: the authorities trusted for the database are not trusted for login providers. */
  private providerAuthorities(): core.v1.VolumeProjection[] {
    const from = this.args.outbound?.authorities;
    if (!from) return [];
    const path = `${basename(authoritiesFolder)}/${authoritiesFile}`;
    if (!("pem" in from)) return authoritiesSources(from, path);
    return [{ configMap: { name: this.config.metadata.name, items: [{ key: authoritiesFile, path }] } }];
  }
}
