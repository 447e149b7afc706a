import { consoleLinks } from "../../documents/google/instructions";

/** What to do instead of creating a client that cannot sign in Google accounts. */
export const makeInConsole = `make the client by hand at ${consoleLinks().create}: of the type "Web application", with the redirect URI of the login.`;
