export { AccessGateway, type AccessGatewayArgs, type SessionArgs } from "./accessGateway";
export { AccessProxy, type AccessProxyArgs } from "./accessProxy";
export { GatewayRef } from "./gatewayRef";
export type { CredentialStoreArgs } from "./google/credentialStore";
export {
  googleRedirectUri,
  GoogleOAuthClient,
  type ExistingCredential,
  type GoogleOAuthClientArgs,
  type SecretManagerCredential,
} from "./googleOAuthClient";
export { IdentityServer, type IdentityServerArgs, type SmtpSettings } from "./identityServer";
export { LoginUi, type LoginUiArgs } from "./loginUi";
export {
  OidcClient,
  type GenericIssuer,
  type GitHubApp,
  type GitLabApplication,
  type LoginProvider,
  type MicrosoftTenant,
  type OidcClientArgs,
} from "./oidcClient";
export { Monitoring, type MonitoringArgs, type MonitoringSettings } from "./monitoring";
export { Postgres, type DatabaseArgs, type DatabaseConnection, type PostgresArgs } from "./postgres";
export { ProtectedService, type ProtectedServiceArgs } from "./protectedService";
export { RouteAdmission, type RouteAdmissionArgs } from "./routeAdmission";
export { RuleAdmission, type RuleAdmissionArgs } from "./ruleAdmission";
export { RuleOperator, type RuleOperatorArgs } from "./ruleOperator";
export { ServiceAccountKeys, type ServiceAccountKeysArgs } from "./serviceAccountKeys";
export { addressesOf, type Addresses } from "./shared/addresses";
export type {
  ClientSecret,
  ExternalSecretSource,
  SecretInput,
  SecretReference,
  SecretStore,
} from "./shared/clientSecret";
export type { EgressArgs, EgressDestination, EgressPart, EgressTarget, PartEgress } from "./shared/egress";
export { ComponentProblem, InputProblem } from "./shared/errors";
export { resolveImages, type ImageArgs, type Images } from "./shared/images";
export type { NetworkPolicyPeer } from "./shared/networkPolicies";
export type { Patch } from "./shared/patch";
export type { GatewayApiRouteArgs, IngressRouteArgs, RouteArgs, TlsArgs } from "./shared/route";
export { UpstreamAdmission, type UpstreamAdmissionArgs } from "./upstreamAdmission";
export type { UnprotectedHost } from "../documents/admission/hosts";
export type { Account, Admission, Admit, AdmitLists, NamedIdentity } from "../documents/kratos/admission";
export type { Rate, SignInLimits } from "../documents/kratos/signInLimits";
export type { Pkce } from "../documents/kratos/loginProvider";
export type { Claims } from "../documents/oathkeeper/claims";
export type {
  Machines,
  ServiceAccountName,
  ServiceAccounts,
  TokenIssuer,
} from "../documents/oathkeeper/machines";
export type { Release } from "../documents/shared/release";
export {
  googleInstructions,
  type ConsoleLinks,
  type InstructionsInput,
} from "../documents/google/instructions";
