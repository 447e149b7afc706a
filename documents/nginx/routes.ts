import { posix } from "node:path";
import { oathkeeperPorts, ruleFile } from "../oathkeeper/config";
import { groupPattern, maxGroups } from "../oathkeeper/groups";
import { portalWords } from "../oathkeeper/portal";
import type { SecondFactor } from "../kratos/secondFactor";
import { authorizeUrlPrefix } from "../rules/authorize";
import { answerVariable, decisionHeaders } from "../rules/decisionHeaders";
import { nginxDocument, scriptModules } from "./document";
import { usualHeaders } from "./forwarding";
import { nginxPorts } from "../rules/ports";
import { publicPathsUrlPrefix } from "../rules/publicPaths";
import { durationBounds } from "./requestMetrics";
import { firstTrialMs, settleMs } from "./reload";
import { sessionCheckUrl } from "./sessionCheck";
import { imageAuthoritiesFile } from "./imageAuthorities";
import { routeForms } from "../rules/routeForms";
import { certificateFiles, credentialFiles, type UpstreamMeans } from "./upstreamMeans";
import { maxOptionLength, optionPatterns } from "../rules/upstreamOptions";

/** The rules as they were fetched. */
export const fetchedRulesFile = "/fetched-rules/access-rules.json";

/** Its age is that of the last answer that the fetched rules are the newest. */
const answeredFile = `${posix.dirname(fetchedRulesFile)}/.answered`;

/** The folder from which Oathkeeper reads its rules. */
export const rulesFolder = posix.dirname(ruleFile);

/** Names of the files with configuration, in one folder. */
export const routeFiles = {
  options: "routes.json",
  follower: "follow-rules.conf",
  requests: "requests.conf",
  server: "server.conf",
  forward: "forward.conf",
  forwardGrpc: "forward-grpc.conf",
} as const;

/** Names of the scripts that nginx runs, in the same folder. */
export const nginxScripts = {
  anotherAccount: "anotherAccount.mjs",
  issuerKeys: "issuerKeys.mjs",
  metrics: "metrics.mjs",
  follow: "followRules.mjs",
  requests: "requests.mjs",
  hashes: "hashes.mjs",
  paths: "paths.mjs",
  people: "people.mjs",
  route: "route.mjs",
  routes: "routes.mjs",
  text: "text.mjs",
  upstreams: "upstreams.mjs",
  services: "services.mjs",
} as const;

export const pidFile = "/tmp/nginx.pid";

/** The folder to which the process that follows the rules writes, in memory. */
export const followerFolder = "/tmp/follower";
export const followerSocket = `${followerFolder}/socket`;

/** The routes, with secret headers of upstreams: in memory, where Oathkeeper cannot read them. */
export const routesFile = `${followerFolder}/routes.conf`;

/** The file to which the forwarding nginx also writes why it has not accepted its routes. */
export const emergencyFile = `${followerFolder}/emergencies`;

/** The path from which the forwarding nginx includes its routes: it matches nothing before there are rules. */
export const routesInclude = routesFile.replace(".conf", "*.conf");

/**
 * What the script needs in order to make routes from rules.
 * @param means what a rule may name of the gateway's
 * @param secondFactor whether a session needs one
 * @param namespace the gateway's own: only its Rules say who is in a group
 */
export function routesOptions(
  configFolder: string,
  means: UpstreamMeans,
  secondFactor: SecondFactor,
  namespace: string,
) {
  return {
    configFolder,
    namespace,
    fetchedFile: fetchedRulesFile,
    answeredFile,
    ruleFile,
    leftOutFile: `${rulesFolder}/left-out.json`,
    durationBounds,
    oathkeeperMetrics: `http://127.0.0.1:${oathkeeperPorts.metrics}/metrics`,
    formerFile: `${rulesFolder}/former-rules.json`,
    routesFile,
    pidFile,
    emergencyFile,
    settleMs,
    firstTrialMs,
    versionPort: nginxPorts.routesVersion,
    requestsFile: routeFiles.requests,
    serverFile: routeFiles.server,
    forwardFiles: { proxy: routeFiles.forward, grpc: routeFiles.forwardGrpc },
    usualHeaders,
    authoritiesFile: imageAuthoritiesFile,
    authorizePrefix: authorizeUrlPrefix,
    groupPattern,
    maxGroups,
    portalWords,
    publicPathsPrefix: publicPathsUrlPrefix,
    sessionCheckUrl,
    neededAal: secondFactor === "required" ? "aal2" : "",
    ruleHeader: decisionHeaders.rule,
    ruleHeaderVariable: answerVariable(decisionHeaders.rule),
    patterns: optionPatterns,
    maxOptionLength,
    forms: routeForms,
    means,
    certificateFiles: certificateFiles(means),
    credentialFiles: credentialFiles(means),
  };
}

/** Names the file of {@link routesOptions} to a script. */
export function optionsVariable(configFolder: string): string {
  return `  js_var $options_file ${configFolder}/${routeFiles.options};\n`;
}

/**
 * Builds the configuration of the nginx that makes the routes. It is a separate process: while the script processes a
 * thousand rules, the other one forwards requests.
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_periodic
 */
export function followerConfig(configFolder: string): string {
  return nginxDocument(
    64,
    `${scriptModules(configFolder, { rules: nginxScripts.follow, services: nginxScripts.services })}  js_shared_dict_zone zone=state:32k type=string;
${optionsVariable(configFolder)}  access_log off;

  server {
    listen unix:${followerSocket};
    location = /services {
      js_content services.list;
    }
    location / {
      js_periodic rules.follow interval=100ms;
      return 404;
    }
  }
`,
    { folder: followerFolder, modules: true },
  );
}
