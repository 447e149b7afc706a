/** The folder of Kratos' configuration in every container of the identity server. */
export const configFolder = "/etc/kratos";
export const kratosFile = "kratos.json";
/** Configuration of the nginx in front of Kratos. */
export const frontFile = "front.conf";
/** The database's certificate authority. */
export const certificateFile = "ca.crt";

/** Certificate authorities of login providers, in the configuration and in the separate folder that Go is told. */
export const authoritiesFile = "login-providers.pem";
export const authoritiesFolder = `${configFolder}/authorities`;

/** Where a container finds a file of the folder. */
export function pathOf(file: string): `${typeof configFolder}/${string}` {
  return `${configFolder}/${file}`;
}

export function mapperFile(providerId: string): string {
  return `claims.${providerId}.jsonnet`;
}
