import { z } from "zod";
import { secretReference } from "./fields";
import { authoritiesSource } from "./upstreams";

/** What lies between a gateway and its login providers. */
export const outbound = z.strictObject({
  httpsProxy: z
    .union([z.string(), secretReference], {
      error: 'Write a URL, for example "http://proxy.example.com:3128", or {secretName, key}.',
    })
    .meta({
      description:
        "HTTP proxy through which the identity server connects to login providers; {secretName, key} of a Secret if the URL has a password.",
      absent: "none",
    })
    .exactOptional(),
  noProxy: z
    .array(z.string())
    .readonly()
    .meta({ description: "Hosts, domains and CIDRs that are reached without the proxy.", byDefault: [] })
    .exactOptional(),
  authorities: authoritiesSource
    .meta({
      description:
        "Certificate authorities of login providers and of issuers of bearer tokens, in addition to the public ones.",
      absent: "none",
    })
    .exactOptional(),
});
