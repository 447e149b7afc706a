/** Defines the request's name in the context `http`: the ingress controller's, or one of nginx' own. */
export const requestNameContext = `  map $http_x_request_id $x_request_id {
    "~^[A-Za-z0-9._-]{8,128}$" $http_x_request_id;
    default $request_id;
  }`;

/** Header with the request's name in an answer. */
export const requestNameHeader = "add_header X-Request-Id $x_request_id always;";

/** The name in a page or a document with server side includes: its letters need no escaping. */
export const requestNameShown = "<!--# echo var='x_request_id' encoding='none' default='' -->";
