import { routeForms } from "../../documents/rules/routeForms";
import { meansNameProblems } from "../../documents/rules/upstreamOptions";
import { nameIsTooLong, reservedHeaders } from "../../documents/oathkeeper/headers";
import { namespaceProblems, referenceProblems } from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { BasicCredentials, ClientCertificate, HeaderCredentials, UpstreamsArgs } from "./upstreams";
import { authoritiesProblems } from "../shared/authorities";
import type { Known } from "../shared/known";

/** What is wrong with what a gateway keeps for upstreams. */
export function upstreamsProblems(path: Path, upstreams: Known<UpstreamsArgs>): Problem[] {
  const { authorities = {}, clientCertificates = {}, credentials = {} } = upstreams;
  const each = <T>(
    kind: string,
    record: Readonly<Record<string, T | undefined>>,
    check: (at: Path, one: T) => Problem[],
  ) =>
    Object.entries(record).flatMap(([name, one]) => [
      ...meansNameProblems(path(`${kind}.${name}`), name),
      ...ofKnown(one, (known) => check(within(path, `${kind}.${name}`), known)),
    ]);
  return [
    ...each("authorities", authorities, authoritiesProblems),
    ...each("clientCertificates", clientCertificates, grantedProblems),
    ...each("credentials", credentials, credentialsProblems),
  ];
}

function grantedProblems(path: Path, one: Known<ClientCertificate>): Problem[] {
  return [
    ...referenceProblems(path, one),
    ...ofKnown(one.namespaces, (all) =>
      all.flatMap((name, at) => namespaceProblems(path(`namespaces[${at}]`), name)),
    ),
  ];
}

const headerName = /^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$/;

function credentialsProblems(path: Path, one: Known<BasicCredentials | HeaderCredentials>): Problem[] {
  const { header, prefix } = one.kind === "header" ? one : {};
  const problem = (property: string, value: unknown, reason: string, fix: string): Problem[] => [
    { path: path(property), value: found(value), reason, fix },
  ];
  const isReserved =
    header !== undefined &&
    header.toLowerCase() !== "authorization" &&
    reservedHeaders.includes(header.toLowerCase());
  const isTooLong = header !== undefined && header.length > routeForms.maxHeaderName;
  return [
    ...grantedProblems(path, one),
    ...(header !== undefined && (!headerName.test(header) || isReserved || isTooLong)
      ? problem(
          "header",
          header,
          isTooLong ? nameIsTooLong : "is not a header name, or is one of the gateway's own",
          'Write for example "Authorization" or "X-Api-Key".',
        )
      : []),
    ...(prefix !== undefined && !/^[ -~]{0,100}$/.test(prefix)
      ? problem(
          "prefix",
          prefix,
          "has characters that a header cannot contain",
          'Write for example "Bearer ".',
        )
      : []),
  ];
}
