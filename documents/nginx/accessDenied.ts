import type { Branding } from "../shared/branding";
import { maxQuery } from "../kratos/browserEndpoints";
import { whoamiPath } from "../kratos/config";
import type { SecondFactor } from "../kratos/secondFactor";
import { accessDeniedPages, type AccessDeniedPage } from "./accessDeniedPages";
import { runningLocation } from "./health";
import { listen } from "./listen";
import { pageSecurityPolicy } from "./page";
import { followerSocket } from "./routes";
import { nginxPorts } from "../rules/ports";
import { kratosLocation, onlySession, whoamiLocation, type KratosAddress } from "./whoami";

/** The path prefix on the login UI's host that belongs to the access-denied endpoint. */
export const accessDeniedPrefix = "/portcullis/";

/**
 * Where the proxy sends a browser that it does not let through. "door" was the endpoint's first name. It stays in this
 * path, and in the names of its Service and that Service's port, because routes that users wrote contain it.
 */
export const accessDeniedPath = `${accessDeniedPrefix}door`;

/** Where the login UI, with a person's session, reads the services that this person may open. */
export const servicesPath = `${accessDeniedPrefix}services`;

/** The maximum number of lists of services made at the same time. */
const maxServiceLists = 16;

/** Where a browser waits while nothing can determine whose session it has. */
const waitPath = `${accessDeniedPrefix}wait`;

/** Where a browser signs out, and comes back as somebody else. */
export const anotherAccountPath = `${accessDeniedPrefix}another-account`;

export interface AccessDeniedInput {
  /** URL of Kratos' public API as browsers reach it, without a slash at the end. */
  readonly kratosUrl: string;
  /** The folder with the files of {@link accessDeniedFiles}. */
  readonly folder: string;
  readonly secondFactor: SecondFactor;
  readonly branding: Branding;
}

/** Where Kratos starts sign-ins and account changes. */
const startLoginPath = "/self-service/login/browser";
const startSettingsPath = "/self-service/settings/browser";
const logoutPath = "/self-service/logout";
const logoutFlowPath = `${logoutPath}/browser`;

/** Content of its pages by file name. */
export function accessDeniedFiles(branding: Branding): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(accessDeniedPages(branding)).map(([page, html]) => [
      fileOfPage(page as AccessDeniedPage),
      html,
    ]),
  );
}

/** Name of the file of a page. */
function fileOfPage(page: AccessDeniedPage): string {
  return `access-denied-${page}.html`;
}

/** Longest `return_to` that Kratos' front accepts beside the other parameters of a sign-in. */
const maxReturnTo = maxQuery - 100;

/** What {@link accessDeniedServer} needs in the context `http`. */
export const accessDeniedContext = `  limit_conn_zone $server_port zone=services:32k;
  # A page of another site must not sign anybody out.
  map $http_sec_fetch_site $is_foreign {
    same-origin "";
    same-site "";
    default 1;
  }
  map $status $denied_retry_after {
    503 10;
    default "";
  }
  # A sign-in without the page first asked for is better than none.
  map $arg_return_to $return_to {
    "~^.{${maxReturnTo + 1}}" "";
    default $arg_return_to;
  }
`;

/**
 * The server that tells a browser why it may not go on. The proxy knows only that it may not. This endpoint asks Kratos,
 * without any cache, also for browsers without a session, because a Kratos that is down could not sign them in:
 *
 * - no session: on to the sign-in, which comes back to the page first requested
 * - a session that lacks the second factor its user has: on to that
 * - a complete session: a page that says that the service is not open to this user; if a second factor is required and the
 *   user has none, on to where one is set up
 * - no clear answer: a page that waits until there is one
 *
 * `return_to` goes to Kratos unchanged, unless it is too long, and Kratos refuses foreign hosts; no page and no other
 * header contains it.
 * @see https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
 */
export function accessDeniedServer(kratos: KratosAddress, input: AccessDeniedInput): string {
  const { kratosUrl, folder, secondFactor, branding } = input;
  const login = kratosUrl + startLoginPath;
  const required = secondFactor === "required";
  const pages = (Object.keys(accessDeniedPages(branding)) as AccessDeniedPage[]).map((page) =>
    pageLocation(folder, page),
  );
  return `  server {
    ${listen(nginxPorts.accessDenied)}
    access_log off;
    # Its port is not the one that browsers see.
    absolute_redirect off;
    # Nothing here needs one, and a larger one would be kept in a file, and so in memory.
    client_max_body_size 1k;
    default_type text/html;
    charset utf-8;
    recursive_error_pages on;
    add_header Cache-Control no-store always;
    add_header Content-Security-Policy "${pageSecurityPolicy(branding, true)}" always;
    add_header Referrer-Policy no-referrer always;
    add_header Retry-After $denied_retry_after always;
    add_header X-Content-Type-Options nosniff always;

${runningLocation}
    location = ${accessDeniedPath} {
      auth_request ${whoamiPath};
      error_page 401 = @sign_in;
      error_page 403 = @second_factor;
      error_page 500 = @wait;
      try_files /nothing ${required ? "@signed_in" : "@refuse"};
    }

    location = ${waitPath} {
      auth_request ${whoamiPath};
      error_page 401 = @sign_in;
      error_page 403 = @second_factor;
      error_page 500 =503 /${fileOfPage("unavailable")};
      # Kratos sends whoever is signed in back at once.
      try_files /nothing @sign_in;
    }

${services}${anotherAccount(kratos, kratosUrl)}
    location @sign_in {
      return 302 ${login}?return_to=$return_to;
    }

    location @second_factor {
      return 302 ${login}?aal=aal2&return_to=$return_to;
    }

    location @wait {
      return 302 ${waitPath}?return_to=$return_to;
    }

    location @refuse {
      error_page 403 /${fileOfPage("refused")};
      return 403;
    }

${required ? enrolment(kratos, kratosUrl) : ""}${pages.join("\n")}
${whoamiLocation(kratos, "      internal;\n")}
    location / {
      return 404;
    }
  }
`;
}

/** What a person may open, for the login UI. */
const services = `    location = ${servicesPath} {
      if ($session = "") {
        return 401;
      }
      auth_request ${whoamiPath};
      error_page 500 =503 @no_services;
      try_files /nothing @services;
    }

    location @no_services {
      return 503;
    }

    # Who has no session does not come here. It is the process that follows the rules, which must not wait for visitors.
    location @services {
      limit_conn services ${maxServiceLists};
      default_type application/json;
      rewrite ^ /services break;
      proxy_pass http://unix:${followerSocket};
${onlySession}      proxy_set_header Host portcullis;
      proxy_read_timeout 10s;
      # A list that is too long for its buffers waits where it is made.
      proxy_max_temp_file_size 0;
    }

`;

/** Signs out visitors who come from a page of the domain; anybody else is asked to do it on the page of the account. */
function anotherAccount(kratos: KratosAddress, kratosUrl: string): string {
  return `    location = ${anotherAccountPath} {
      if ($is_foreign) {
        return 302 /;
      }
      set $login_url ${kratosUrl}${startLoginPath};
      set $logout_url ${kratosUrl}${logoutPath};
      set $logout_flow ${logoutFlowPath};
      set $longest_query ${maxQuery};
      error_page 500 503 =503 /${fileOfPage("unavailable")};
      js_content anotherAccount.signOut;
    }

${kratosLocation(kratos, logoutFlowPath, "", "      internal;\n")}`;
}

/**
 * Distinguishes people who have no second factor yet from those who have passed it. whoami says this only in its body, so
 * Kratos is asked to start a second step: it does (200), or has nothing left to ask for (400). People who have a second
 * factor but have not passed it do not get here.
 */
function enrolment(kratos: KratosAddress, kratosUrl: string): string {
  return `    location @signed_in {
      auth_request ${startLoginPath};
      error_page 403 = @refuse;
      error_page 500 = @wait;
      try_files /nothing @enrol;
    }

    location @enrol {
      return 302 ${kratosUrl}${startSettingsPath}?return_to=$return_to;
    }

${kratosLocation(kratos, startLoginPath, "aal=aal2", "      internal;\n      error_page 400 = @past_second_factor;\n")}
    location @past_second_factor {
      return 403;
    }

`;
}

function pageLocation(folder: string, page: AccessDeniedPage): string {
  return `    location = /${fileOfPage(page)} {
      internal;
      root ${folder};
    }
`;
}
