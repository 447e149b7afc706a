import { oathkeeperPorts, ruleFile } from "../oathkeeper/config";
import { authorizeUrlPrefix } from "./authorize";
import { answerVariable, decisionHeaders } from "./decisionHeaders";
import { nginxDocument, scriptModules } from "./document";
import { nginxPorts } from "./ports";
import { publicPathsUrlPrefix } from "./publicPaths";

/** Where the rules are as they were fetched. */
export const fetchedRulesFile = "/fetched-rules/access-rules.json";

const rulesFolder = ruleFile.slice(0, ruleFile.lastIndexOf("/"));

/** The certificate authorities of the nginx image. */
export const authoritiesFile = "/etc/ssl/certs/ca-certificates.crt";

/** Names of the files with configuration, in one folder. */
export const routeFiles = {
  options: "routes.json",
  follower: "follow-rules.conf",
  requests: "requests.conf",
  server: "server.conf",
  forward: "forward.conf",
} as const;

/** Names of the scripts that nginx runs, in the same folder. */
export const nginxScripts = {
  metrics: "metrics.mjs",
  follow: "followRules.mjs",
  requests: "requests.mjs",
  routes: "routes.mjs",
} as const;

/** What the forwarding nginx reads its routes from: nothing before there are rules. */
export const routesInclude = `${rulesFolder}/routes*.conf`;

const pidFile = "/tmp/nginx.pid";

/** Where the process that follows the rules writes. */
export const followerFolder = "/tmp/follower";

/** What the script needs to know to make routes of rules. */
export function routesOptions(configFolder: string) {
  return {
    configFolder,
    fetchedFile: fetchedRulesFile,
    ruleFile,
    leftOutFile: `${rulesFolder}/left-out.json`,
    oathkeeperMetrics: `http://127.0.0.1:${oathkeeperPorts.metrics}/metrics`,
    formerFile: `${rulesFolder}/former-rules.json`,
    routesFile: `${rulesFolder}/routes.conf`,
    pidFile,
    versionPort: nginxPorts.routesVersion,
    requestsFile: routeFiles.requests,
    serverFile: routeFiles.server,
    forwardFile: routeFiles.forward,
    authoritiesFile,
    authorizePrefix: authorizeUrlPrefix,
    publicPathsPrefix: publicPathsUrlPrefix,
    ruleHeader: decisionHeaders.rule,
    ruleHeaderVariable: answerVariable(decisionHeaders.rule),
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
    `${scriptModules(configFolder, { rules: nginxScripts.follow })}  js_shared_dict_zone zone=state:32k type=string;
${optionsVariable(configFolder)}  access_log off;

  server {
    listen unix:${followerFolder}/socket;
    location / {
      js_periodic rules.follow interval=250ms;
      return 404;
    }
  }
`,
    { folder: followerFolder, modules: true },
  );
}
