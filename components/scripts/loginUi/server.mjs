// @ts-check
import { createServer } from "node:http";
import { createAnswers, everyAnswer } from "./answers.mjs";
import { createAssets } from "./assets.mjs";
import { kratosClient, servicesClient } from "./kratos.mjs";
import { logFailure, requestHeader, requestName } from "./requestName.mjs";
import { createRoutes } from "./routes.mjs";
import { wordsOf } from "./texts.mjs";

/** @typedef {import("./answers.mjs").Answer} Answer */
/** @typedef {import("./kratos.mjs").Visit} Visit */
/** @typedef {import("../../../documents/loginUi/settings.js").LoginUiSettings} LoginUiSettings */

/** A browser sends the cookies of all services of the domain; Node's own limit would refuse some. */
const maxHeaderSize = 128 * 1024;
/** Longer than load balancers and ingress controllers keep idle connections, Google's for 600 s. */
const keepAliveTimeout = 620_000;

/**
 * The login UI, as a server that does not listen yet: pages made of what Kratos says, and no state of its own. It
 * handles no forms either: all of them go to Kratos, which checks where they come from.
 *
 * @param {Omit<LoginUiSettings, "port">} settings
 */
export function createLoginUi(settings) {
  const { branding, kratosBrowserUrl } = settings;
  const words = wordsOf(settings.texts);
  const assets = createAssets(branding.palettes);
  const kratosOrigin = new URL(kratosBrowserUrl).origin;
  const answers = createAnswers({ words, styles: assets.styles, branding, kratosOrigin });
  const routes = createRoutes({
    ask: kratosClient(settings.kratosPublicUrl),
    servicesOf: servicesClient(settings.servicesUrl, settings.sessionCookie),
    answers,
    words,
    kratosBrowserUrl,
    providers: settings.providers,
    securityKeyScripts: [assets.securityKeys],
    signInScripts: settings.skipLoginPage ? [assets.signIn] : [],
  });

  /** @param {string | undefined} method @param {string} url @param {Visit} visit @returns {Promise<Answer>} */
  const answerTo = async (method, url, visit) => {
    if (method !== "GET" && method !== "HEAD")
      return answers.told(405, "method", { headers: { allow: "GET, HEAD" } });
    const [path = "/", query] = url.split(/[?](.*)/s, 2);
    try {
      const route = routes.get(path);
      if (route) return await route({ query: new URLSearchParams(query), visit });
      return assets.answer(path, query) ?? answers.told(404, "notFound");
    } catch (error) {
      logFailure(visit.request, error);
      return answers.told(503, "unavailable", {
        link: "link.retry",
        request: visit.request,
        headers: { "retry-after": "10" },
      });
    }
  };

  return createServer(
    { maxHeaderSize, keepAliveTimeout },
    ({ method, url = "/", headers: { cookie, [requestHeader]: given } }, response) => {
      const request = requestName(given);
      void answerTo(method, url, { cookie, request }).then(({ status, headers, body }) => {
        response.writeHead(status, { ...everyAnswer, [requestHeader]: request, ...headers }).end(body);
      });
    },
  );
}
