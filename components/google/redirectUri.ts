import { callbackUrl, type Pkce } from "../../documents/kratos/loginProvider";
import { addressesOf } from "../shared/addresses";
import type { TlsArgs } from "../shared/route";

/** Google takes no other scheme, so the gateway has a certificate; the name of its Secret does not matter. */
const servedByTls: TlsArgs = { secretName: "any" };

/**
 * The redirect URI of a gateway's Google client, which can be registered before there is a credential.
 *
 * @param domain `name[:port]` of the gateway
 * @throws RangeError if that is not a domain
 */
export function googleRedirectUri(id: string, domain: string, pkce?: Pkce): string {
  return callbackUrl(addressesOf(domain, servedByTls).identityServer.url, { id, pkce });
}
