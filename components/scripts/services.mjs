// Lists the services that somebody may open, of the rules that are in force. Who may open one is asked where Oathkeeper asks too.
// Runs in njs, with the engine QuickJS, in the process that follows the rules.
import fs from "fs";
import routes from "routes.mjs";

/** Escapes as Oathkeeper's templates do. */
function escaped(text) {
  return encodeURIComponent(text)
    .replace(/%20/g, "+")
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescaped(text) {
  return decodeURIComponent(text.replace(/\+/g, " "));
}

/** Whose session it is: 200 with the address, or Kratos' refusal. */
async function whose(cookie, options) {
  const answer = await ngx.fetch(options.sessionCheckUrl, { headers: { Cookie: cookie } });
  if (answer.status !== 200) return { status: answer.status };
  const session = await answer.json();
  if (options.neededAal !== "" && session.authenticator_assurance_level !== options.neededAal)
    return { status: 403 };
  const known = (session.identity || {}).metadata_public || {};
  return { status: 200, email: typeof known.email === "string" ? known.email : "" };
}

/** A rule's question without the words that decide nothing, and these by their names. */
function parted(remote, options) {
  const [people, claims] = remote.slice(options.authorizePrefix.length).split(options.claimsParameter);
  const words = {};
  const asked = [];
  people.split("&").forEach((argument) => {
    const [name, text = ""] = argument.split("=");
    if (options.portalWords.includes(name)) words[name] = unescaped(text);
    else asked.push(argument);
  });
  const ending = claims === undefined ? "" : options.claimsParameter + claims;
  return { question: options.authorizePrefix + asked.join("&") + ending, words };
}

/** A rule as an entry of the list: its question, and what is shown; undefined where there is no page to open. */
function entryOf(rule, options) {
  const match = routes.parseMatch(rule.match.url);
  if (!match || !match.whole || !rule.match.methods.includes("GET")) return undefined;
  if (!rule.authenticators.some((one) => one.handler === "cookie_session")) return undefined;
  const { handler, config } = rule.authorizer;
  if (handler !== "allow" && handler !== "remote_json") return undefined;
  const { question, words } = handler === "allow" ? { words: {} } : parted(config.remote, options);
  if (words.portal === "hidden") return undefined;
  const host = match.hosts[0];
  const scheme = match.schemes[match.schemes.length - 1];
  const shown = { url: `${scheme}://${host}/`, title: words.title || host };
  ["description", "icon"].forEach((name) => {
    if (words[name] !== undefined) shown[name] = words[name];
  });
  return { question, shown };
}

/** Asks each question once, a few at a time. */
async function allowed(questions, email, options) {
  const answers = {};
  const left = questions.filter((question, index) => questions.indexOf(question) === index);
  const headers = { [options.knownHeader]: "1", [options.emailHeader]: escaped(email) };
  const ask = async () => {
    for (let question = left.pop(); question !== undefined; question = left.pop())
      answers[question] = (await ngx.fetch(question, { method: "POST", headers })).status === 200;
  };
  await Promise.all([ask(), ask(), ask(), ask()]);
  return answers;
}

async function list(r) {
  const options = JSON.parse(fs.readFileSync(r.variables.options_file, "utf8"));
  const who = await whose(r.headersIn["Cookie"] || "", options);
  if (who.status !== 200) {
    r.return(who.status, "{}");
    return;
  }
  const rules = JSON.parse(fs.readFileSync(options.ruleFile, "utf8"));
  const entries = rules.map((rule) => entryOf(rule, options)).filter((entry) => entry !== undefined);
  const questions = entries.map((entry) => entry.question).filter((question) => question !== undefined);
  const answers = await allowed(questions, who.email, options);
  const open = entries
    .filter(({ question }) => question === undefined || answers[question])
    .map((entry) => entry.shown);
  const urls = open.map((one) => one.url);
  const once = open.filter((one, index) => urls.indexOf(one.url) === index);
  once.sort((one, other) => (one.title.toLowerCase() < other.title.toLowerCase() ? -1 : 1));
  r.return(200, JSON.stringify({ services: once }));
}

export default { list };
