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

/** The part of the login UI's host that belongs to the access-denied endpoint. */
export const accessDeniedPrefix = "/portcullis/";

/**
 * Where the proxy sends a browser that it does not let through. "door" is what the endpoint was called first. It stays in this
 * path, and in the name of its Service and of that one's port: routes that users wrote name them.
 */
export const accessDeniedPath = `${accessDeniedPrefix}door`;

/** Where the login UI, with somebody's session, is told of the services that they may open. */
export const servicesPath = `${accessDeniedPrefix}services`;

/** How many lists of services are made at once. */
const maxServiceLists = 16;

/** Where a browser waits while nobody can say whose session it has. */
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

/** Where Kratos starts sign-ins and changes of an account. */
const startLoginPath = "/self-service/login/browser";
const startSettingsPath = "/self-service/settings/browser";
const logoutPath = "/self-service/logout";
const logoutFlowPath = `${logoutPath}/browser`;

/** Content of its pages by the names of their files. */
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
  return `door-${page}.html`;
}

/** Longest `return_to` that Kratos' front takes beside the other parameters of a sign-in. */
const maxReturnTo = maxQuery - 100;

/** What {@link accessDeniedServer} needs in the context `http`. */
export const accessDeniedContext = `  limit_conn_zone $server_port zone=services:32k;
  # A page of another site must not sign anybody out.
  map $http_sec_fetch_site $is_foreign {
    same-origin "";
    same-site "";
    default 1;
  }
  map $status $door_retry_after {
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
 * The server that tells a browser why it may not go on. The proxy knows only that; this endpoint asks Kratos, past any
 * cache and also for browsers without a session, whom a Kratos that is down could not sign in:
 *
 * - no session: on to the sign-in, which comes back to the page first asked for
 * - a session that lacks the second factor its user has: on to that
 * - a whole session: a page that says that the service is not open to this user; where a second factor is required and
 *   the user has none, on to where one is set up
 * - no clear answer: a page that waits until there is one
 *
 * `return_to` goes to Kratos as it came, unless it is too long, and Kratos refuses foreign hosts; no page and no other
 * header holds it.
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
    default_type text/html;
    charset utf-8;
    recursive_error_pages on;
    add_header Cache-Control no-store always;
    add_header Content-Security-Policy "${pageSecurityPolicy(branding, true)}" always;
    add_header Referrer-Policy no-referrer always;
    add_header Retry-After $door_retry_after always;
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

    location = ${servicesPath} {
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
    }

${anotherAccount(kratos, kratosUrl)}
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

/** Signs out whoever comes from a page of the domain; anybody else is asked to, on the page of the account. */
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
 * Tells who has no second factor yet from who is past it, which whoami says only in its body: Kratos begins a second
 * step (200), or has nothing to ask any more (400). Whoever has a second factor and is not past it is not here.
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
