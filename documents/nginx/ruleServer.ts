import { metricsPath } from "../prometheus/scope";
import { nginxDocument, scriptModules } from "./document";
import { listen } from "./listen";

/** Port of the server of rules. */
export const ruleServerPort = 8081;

/** Port of the metrics, the operator's too. */
export const ruleMetricsPort = 8080;

/** For the nginx itself. */
const filesPort = 8084;

/** The script that it runs. */
export const publishScript = "publishRules.mjs";

export interface RuleServerInput {
  /** The operator's rules. */
  readonly rawFile: string;
  /** The Rules that exist. */
  readonly liveFile: string;
  /** Where it writes what it hands out. */
  readonly publicFolder: string;
  /** Id of the sentinel in the rule file. */
  readonly sentinelId: string;
  /** Where the operator tells of itself, for this nginx. */
  readonly operatorMetrics: string;
  /** Who may ask for rules, as nginx' basic authentication reads it. */
  readonly usersFile: string;
  /** Where its script is. */
  readonly configFolder: string;
}

/**
 * Builds the configuration of the nginx that publishes the rules, and hands them out to whoever has the password. Whoever has
 * the newest rules already is answered once there are others.
 *
 * It asks itself: what it answers by itself to busybox' nc, which closes its half of the connection with the request, would end
 * in the middle.
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
    // Whoever waits would keep it from ending.
    { modules: true, main: "worker_shutdown_timeout 1s;\n" },
  );
}
