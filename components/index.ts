export { AccessGateway } from "./accessGateway";
export type { AccessGatewayArgs, SessionArgs } from "./accessGateway/args";
export type { GroupArgs, ListedGroup } from "./accessGateway/groups";
export type { GatewayNamespaceArgs } from "./accessGateway/namespace";
export type { GatewayPart, GatewayPatches } from "./accessGateway/patches";

export { AccessProxy } from "./accessProxy";
export type { AccessProxyArgs } from "./accessProxy/args";
export type {
  BasicCredentials,
  ClientCertificate,
  GrantedTo,
  HeaderCredentials,
  UpstreamsArgs,
} from "./accessProxy/upstreams";
export { GatewayRef, type ProxyRef } from "./gatewayRef";
export type { CredentialStoreArgs } from "./google/credentialStore";
export type { ExistingCredential, GoogleOAuthClientArgs, SecretManagerCredential } from "./google/args";
export type { GoogleGroup } from "./google/groupMembers";
export { googleRedirectUri } from "./google/redirectUri";
export { GoogleOAuthClient } from "./googleOAuthClient";
export {
  IdentityServer,
  type IdentityPart,
  type IdentityServerArgs,
  type SessionSettings,
  type SmtpSettings,
} from "./identityServer";
export type { LeaversArgs } from "./identityServer/leavers";
export { LoginUi, type LoginUiArgs } from "./loginUi";
export type { LoginUiChoice, LoginUiImage, OryReferenceLoginUi, OwnLoginUi } from "./loginUi/choice";
export {
  OidcClient,
  type GenericIssuer,
  type GitHubClient,
  type GitLabApplication,
  type LoginProvider,
  type MicrosoftTenant,
  type OidcClientArgs,
} from "./oidcClient";
export {
  Monitoring,
  type MonitoringArgs,
  type MonitoringOperator,
  type MonitoringSettings,
} from "./monitoring";
export type { CloudNativePgBackupArgs, CloudNativePgDatabaseArgs } from "./database/cloudNativePg";
export type { CloudSqlDatabaseArgs } from "./database/cloudSql";
export type { BackupArgs } from "./database/backups";
export type { InClusterDatabaseArgs } from "./database/inCluster";
export {
  Postgres,
  type DatabaseArgs,
  type DatabaseConnection,
  type ExternalDatabaseArgs,
  type PostgresArgs,
  type PostgresPart,
} from "./postgres";
export { ProtectedService, type ProtectedServiceArgs } from "./protectedService";
export type { NamedUpstream, ServiceUpstream, UrlUpstream } from "./protectedService/upstream";
export { routesToProxy } from "./routesToProxy";
export { RouteAdmission, type RouteAdmissionArgs } from "./routeAdmission";
export { RuleAdmission, type RuleAdmissionArgs } from "./ruleAdmission";
export { RuleOperator, type RuleOperatorArgs } from "./ruleOperator";
export { ServiceAccountKeys, type ServiceAccountKeysArgs } from "./serviceAccountKeys";
export { addressesOf, type Addresses, type PublicAddress } from "./shared/addresses";
export type {
  ClientSecret,
  ExternalSecretSource,
  SecretInput,
  SecretReference,
  SecretStore,
} from "./shared/clientSecret";
export { egressParts } from "./shared/egress";
export { loginUiTexts, type LoginUiTextKey, type LoginUiTexts } from "../documents/loginUi/texts";
export type { AuthoritiesSource, ConfigMapReference } from "./shared/authorities";
export type { AutoscalingArgs } from "./shared/autoscaling";
export type { OutboundArgs } from "./shared/outbound";
export type { TracingArgs } from "./shared/tracing";
export type { Tracing } from "../documents/shared/tracing";
export type { EgressArgs, EgressDestination, EgressPart, EgressTarget, PartEgress } from "./shared/egress";
export { ComponentProblem, InputProblem } from "./shared/errors";
export { resolveImages, type ImageArgs, type ImageName, type Images } from "./shared/images";
export type { NetworkPolicyPeer } from "./shared/networkPolicies";
export type { ParentRef, ReferenceGrantVersion } from "./shared/httpRoute";
export type { Annotations, Labels } from "./shared/labels";
export type { Patch, PatchValue } from "./shared/patch";
export type {
  CommonRouteArgs,
  GatewayApiRouteArgs,
  IngressRouteArgs,
  RouteArgs,
  RouteRef,
  TlsArgs,
} from "./shared/route";
export { UpstreamAdmission, type UpstreamAdmissionArgs } from "./upstreamAdmission";
export type { UnprotectedHost } from "../documents/admission/hosts";
export type {
  Account,
  Admission,
  Admit,
  AdmitArgs,
  AdmitLists,
  AdmitListsAndGroups,
  HostedDomain,
  NamedIdentity,
  ToldAdmission,
} from "../documents/kratos/admit";
export { unverifiedAddressesModes, type UnverifiedAddresses } from "../documents/kratos/claimsMapper";
export type { SecondFactor } from "../documents/kratos/secondFactor";
export type { PoolSettings, SslMode } from "../documents/kratos/dsn";
export type { Branding, BrandedPage, PageText, Palette } from "../documents/shared/branding";
export type { EffectiveSignInLimits, Rate, SignInLimits } from "../documents/kratos/signInLimits";
export type { ClaimedGroup, ClaimedGroups } from "../documents/kratos/claimedGroups";
export { googleMembers, type GoogleMembers } from "../documents/oathkeeper/groups";
export type { GroupLists } from "../documents/rules/groupLists";
export { claimsSources, pkceModes } from "../documents/kratos/loginProvider";
export { providerKinds } from "../documents/kratos/providerKinds";
export type { ClaimsSource, LoginProviderSpec, Pkce } from "../documents/kratos/loginProvider";
export type { ProviderKind } from "../documents/kratos/providerKinds";
export type {
  GrantedMeans,
  Size,
  UpstreamOptions,
  UpstreamTimeouts,
  UpstreamTls,
} from "../documents/rules/upstreamOptions";
export type { Claims } from "../documents/rules/claims";
export type {
  BearerTokens,
  ServiceAccountName,
  ServiceAccounts,
  TokenIssuer,
} from "../documents/oathkeeper/bearerTokens";
export type { Domain } from "../documents/oathkeeper/hosts";
export type { Scheme } from "../documents/oathkeeper/patterns";
export type { NonEmpty } from "../documents/shared/nonEmpty";
export type { PortalEntry } from "../documents/oathkeeper/portal";
export type { AccessPolicy } from "../documents/oathkeeper/accessRules";
export type { Method } from "../documents/oathkeeper/ruleSpec";
export type { Access } from "../documents/oathkeeper/access";
export type { PublicPath } from "../documents/oathkeeper/publicPaths";
export type { ServicePaths } from "../documents/oathkeeper/servicePaths";
export { identityForms } from "../documents/oathkeeper/signedIdentity";
export type { IdentityForm } from "../documents/oathkeeper/signedIdentity";
export type { UpstreamHeaders } from "../documents/oathkeeper/headers";
export type { SameSite } from "../documents/shared/cookies";
export type { Duration } from "../documents/shared/duration";
export type { Problem } from "../documents/shared/problem";
export { releases } from "../documents/shared/release";
export type { Release } from "../documents/shared/release";
export {
  googleInstructions,
  type ConsoleLinks,
  type InstructionsInput,
} from "../documents/google/instructions";
export type { UpstreamScheme } from "../documents/oathkeeper/grpc";
