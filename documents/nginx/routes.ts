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
import { routeForms } from "../rules/routeForms";
import { certificateFiles, credentialFiles, type UpstreamMeans } from "./upstreamMeans";
import { optionPatterns } from "../rules/upstreamOptions";

/** Where the rules are as they were fetched. */
export const fetchedRulesFile = "/fetched-rules/access-rules.json";

/** As old as the last answer by which the fetched rules are the newest. */
const answeredFile = `${posix.dirname(fetchedRulesFile)}/.answered`;

/** Where Oathkeeper reads its rules. */
export const rulesFolder = posix.dirname(ruleFile);

/** The certificate authorities of the nginx image. */
export const authoritiesFile = "/etc/ssl/certs/ca-certificates.crt";

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

/** Where the process that follows the rules writes, in memory. */
export const followerFolder = "/tmp/follower";
export const followerSocket = `${followerFolder}/socket`;

/** The routes, with secret headers of upstreams: in memory, and where Oathkeeper does not see them. */
export const routesFile = `${followerFolder}/routes.conf`;

/** Where the forwarding nginx also writes why it has not taken its routes. */
export const emergencyFile = `${followerFolder}/emergencies`;

/** What the forwarding nginx reads its routes from: nothing before there are rules. */
export const routesInclude = routesFile.replace(".conf", "*.conf");

/**
 * What the script needs to know to make routes of rules.
 * @param means what of the gateway's a rule may name
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
    authoritiesFile,
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
    forms: routeForms,
    means,
    certificateFiles: certificateFiles(means),
    credentialFiles: credentialFiles(means),
  };
}

/** Tells a script where {@link routesOptions} are. */
export function optionsVariable(configFolder: string): string {
  return `  js_var $options_file ${configFolder}/${routeFiles.options};\n`;
}

/**
 * Builds the configuration of the nginx that makes the routes. It is a process of its own: while the script works on a
 * thousand rules, the other forwards.
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
