import { metricsPath } from "../prometheus/scope";
import { nginxDocument, scriptModules } from "./document";
import { listen } from "./listen";

/** Port at which the rules are served. */
export const ruleServerPort = 8081;

/** Port of the metrics, including the operator's. */
export const ruleMetricsPort = 8080;

/** Only nginx itself connects to this port. */
const filesPort = 8084;

/** The script that nginx runs. */
export const publishScript = "publishRules.mjs";

export interface RuleServerInput {
  /** The operator's rules. */
  readonly rawFile: string;
  /** The Rules that exist. */
  readonly liveFile: string;
  /** The folder to which the script writes what nginx serves. */
  readonly publicFolder: string;
  /** Id of the sentinel in the rule file. */
  readonly sentinelId: string;
  /** The URL of the operator's own metrics, for this nginx. */
  readonly operatorMetrics: string;
  /** Who may fetch rules, in the format of nginx' basic authentication. */
  readonly usersFile: string;
  /** The folder of the script. */
  readonly configFolder: string;
}

/**
 * Builds the configuration of the nginx that publishes the rules, and serves them to every client with the password. A
 * client that already has the newest rules gets its answer when there are new ones.
 *
 * nginx proxies to itself: busybox' nc closes its half of the connection with the request, and a direct answer to it would
 * end in the middle.
 */
export function ruleServerConfig(input: RuleServerInput): string {
  const { configFolder, liveFile, operatorMetrics, publicFolder, rawFile, sentinelId, usersFile } = input;
  return nginxDocument(
    1024,
    `${scriptModules(configFolder, { rules: publishScript })}  js_shared_dict_zone zone=state:32k type=string;
  js_var $raw_file ${rawFile};
  js_var $live_file ${liveFile};
  js_var $public_folder ${publicFolder};
  js_var $sentinel ${sentinelId};
  js_var $operator_metrics ${operatorMetrics};
  access_log off;

  server {
    ${listen(ruleServerPort)}
    auth_basic rules;
    auth_basic_user_file ${usersFile};
    location / {
      proxy_pass http://127.0.0.1:${filesPort};
      proxy_ignore_client_abort on;
      proxy_buffering off;
    }
  }

  server {
    ${listen(ruleMetricsPort)}
    location = ${metricsPath} {
      js_content rules.metrics;
    }
    location / {
      return 404;
    }
  }

  server {
    listen 127.0.0.1:${filesPort};
    location = /sum {
      js_content rules.sum;
    }
    location = /access-rules.json {
      root ${publicFolder};
    }
    location / {
      js_periodic rules.look interval=50ms;
      return 404;
    }
  }
`,
    // Waiting clients would keep it from ending.
    { modules: true, main: "worker_shutdown_timeout 1s;\n" },
  );
}
