import { upstreamMeans, type UpstreamsArgs } from "../components/accessProxy/upstreams";
import { routesOptions } from "../documents/nginx/routes";

/** The script that makes routes: an ES module, which a CommonJS one can only load like this. */
export const script = import("../components/scripts/routes.mjs");

const folder = "/etc/portcullis";

/**
 * What the script is told of a gateway without a second factor.
 *
 * @param upstreams what the gateway keeps for upstreams
 */
export function scriptOptions(upstreams: UpstreamsArgs = {}) {
  return routesOptions(folder, upstreamMeans(upstreams, folder, "portcullis"), "off", "portcullis");
}
