import { continuityCookie } from "../shared/cookies";

/** Kratos signs no longer text: https://pkg.go.dev/github.com/gorilla/securecookie#SecureCookie.MaxLength */
const longest = 4096;
const begin = "(?:^|;)[ \\t]*";
const end = "[ \\t]*(?:;|$)";

/**
 * Kratos' own cookies, each with its separator, in `$session_cookie`, `$continuity_cookie` and `$csrf_cookies`. Of each
 * name it is the first one that Kratos could read. No other cookie is passed on: a browser sends those of the whole domain,
 * and Kratos passes all of them to the programs of its hooks, which end if that is more than 64 KiB.
 * @see https://pkg.go.dev/bufio#MaxScanTokenSize
 */
export const kratosCookies = (session: string) => `
${signedCookie("session_cookie", session)}
${signedCookie("continuity_cookie", continuityCookie)}
  # Named by the public URL; a browser may have those of gateways of domains above this one too.
  map $http_cookie $csrf_cookies {
    "~${csrfCookie("first_csrf")}(?:.*?${csrfCookie("second_csrf")})?(?:.*?${csrfCookie("third_csrf")})?" "$first_csrf; $second_csrf; $third_csrf";
    default "";
  }
`;

/** The cookies that Kratos receives. */
export const sentCookies = "$session_cookie$continuity_cookie$csrf_cookies";

function signedCookie(variable: string, name: string): string {
  const value = `([A-Za-z0-9_=-]{4,${longest}})`;
  return `  map $http_cookie $${variable} {
    "~${begin}${name}[ \\t]*=(?:\\"${value}\\"|${value})${end}" "${name}=$1$2; ";
    default "";
  }`;
}

function csrfCookie(group: string): string {
  return `${begin}(?<${group}>csrf_token_[0-9a-f]{64}=[A-Za-z0-9+/=]{1,100})(?=${end})`;
}
