import type { ConfigMap } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { IdentityServerArgs } from "../identityServer";
import { isReference } from "../shared/clientSecret";
import { container, podSpec, resources, type ContainerArgs } from "../shared/pods";
import type { Environment } from "./environment";
import { certificateFile, configFolder } from "./files";

/** The user `nobody` of distroless images. */
export const user = 65534;

/** The folder of configuration, in a container. */
export const configMount: core.v1.VolumeMount = { name: "config", mountPath: configFolder, readOnly: true };

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
    more: Partial<Omit<ContainerArgs, "name" | "image" | "resources">> = {},
  ): core.v1.Container {
    return container({
      name,
      image: this.args.images.references.kratos,
      args: commandArguments,
      env: this.environment.variables(variables),
      // The claims mapper has one second to run: less than a quarter of a core fails sign-ins.
      resources: resources(["100m", "1"], ["128Mi", "512Mi"]),
      volumeMounts: [configMount],
      ...more,
    });
  }

  pod(spec: Omit<core.v1.PodSpec, "securityContext" | "imagePullSecrets">): core.v1.PodSpec {
    return podSpec({ user, images: this.args.images, volumes: this.volumes(), ...spec });
  }

  volumes(): core.v1.Volume[] {
    return [{ name: configMount.name, ...this.files() }];
  }

  /** The configuration, with the database's certificate authority beside it where that is in a Secret. */
  private files(): Omit<core.v1.Volume, "name"> {
    const { caCertificate } = this.args.database;
    const config = { name: this.config.metadata.name };
    if (caCertificate === undefined || !isReference(caCertificate)) return { configMap: config };
    const { secretName, key } = caCertificate;
    const authority = { name: secretName, items: [{ key, path: certificateFile }] };
    return { projected: { sources: [{ configMap: config }, { secret: authority }] } };
  }
}
