import { consoleLinks } from "../../documents/google/instructions";

/** What to do instead of making a client that signs in no accounts of Google. */
export const makeInConsole = `make the client by hand at ${consoleLinks().create}: of the type "Web application", with the redirect URI of the login.`;
