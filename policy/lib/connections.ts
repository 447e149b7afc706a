/** A connection to a database, as a text names it. */
export interface Connection {
  readonly host: string;
  /** Of TLS. */
  readonly mode: string | undefined;
}

/** The connections in a text: URLs, data sources of Go's MySQL driver, and keywords of libpq. */
export function connectionsIn(text: string): Connection[] {
  return [...ofUrls(text), ...ofGoMysql(text), ...text.split("\n").flatMap(ofKeywords)];
}

function ofUrls(text: string): Connection[] {
  const urls = text.matchAll(/\b(?:postgres|postgresql|cockroach|mysql):\/\/(?![^\s"'`]*\btcp\()[^\s"'`]+/g);
  return [...urls].map(([url]) => {
    const [, authority = "", query = ""] =
      /^[a-z]+:\/\/(?:[^/?]*@)?(\[[^\]]*\]|[^:/?]*)[^?]*\??(.*)$/.exec(url) ?? [];
    const parameters = new URLSearchParams(query);
    const ssl = url.startsWith("mysql:") ? null : parameters.get("ssl");
    return {
      host: parameters.get("hostaddr") ?? parameters.get("host") ?? authority,
      mode: parameters.get("sslmode") ?? parameters.get("tls") ?? ssl ?? undefined,
    };
  });
}

/** @see https://github.com/go-sql-driver/mysql#dsn-data-source-name */
function ofGoMysql(text: string): Connection[] {
  const sources = text.matchAll(/\btcp\((\[[^\]]*\]|[^:()\s]+)(?::\d+)?\)\/([^\s"'`]*)/g);
  return [...sources].map(([, host = "", rest = ""]) => ({
    host,
    mode: new URLSearchParams(rest.split("?")[1] ?? "").get("tls") ?? undefined,
  }));
}

/** @see https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
function ofKeywords(line: string): Connection[] {
  const pairs = line.matchAll(/(?<![\w?&.-])(host|hostaddr|dbname|sslmode)\s*=\s*'?([\w.:-]+)/g);
  const keywords = new Map([...pairs].map(([, key = "", value = ""]) => [key, value] as const));
  const host = keywords.get("hostaddr") ?? keywords.get("host");
  const isConnection = keywords.has("dbname") || keywords.has("sslmode");
  return host !== undefined && isConnection ? [{ host, mode: keywords.get("sslmode") }] : [];
}
