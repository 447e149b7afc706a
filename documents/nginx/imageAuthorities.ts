/** The certificate authorities of the nginx image. */
export const imageAuthoritiesFile = "/etc/ssl/certs/ca-certificates.crt";
