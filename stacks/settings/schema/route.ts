import { z } from "zod";
import { egressParts } from "../../../components/shared/egress";
import { insteadOf, list, peer, peerOrBlock, port, texts } from "./fields";

const anyRoute = {
  from: list(peer).meta({
    description:
      "The ingress controller's pods, or a load balancer's addresses, as NetworkPolicy peers: nothing else may connect.",
  }),
  annotations: texts
    .meta({ description: "Annotations of every Ingress or HTTPRoute.", absent: "none" })
    .exactOptional(),
  serviceAnnotations: texts
    .meta({
      description:
        "Annotations of the Services that the routes lead to, for a load balancer's health checks.",
      absent: "none",
    })
    .exactOptional(),
  wildcard: z
    .boolean()
    .meta({
      description:
        "Whether one route for all hosts leads to the proxy, so that services need none of their own.",
      byDefault: false,
    })
    .exactOptional(),
};

/** How requests get in. */
export const route = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("ingress").meta({ description: "Routes are Ingresses." }).default("ingress"),
      className: z
        .string()
        .meta({ description: "Name of the IngressClass.", absent: "the cluster's default" })
        .exactOptional(),
      ...anyRoute,
    }),
    z.strictObject({
      kind: z.literal("gatewayApi").meta({ description: "Routes are HTTPRoutes of the Gateway API." }),
      parentRef: z
        .strictObject({
          namespace: z.string().meta({ description: "Namespace of the Gateway." }),
          name: z.string().meta({ description: "Name of the Gateway." }),
          sectionName: z
            .string()
            .meta({ description: "Name of one of its listeners.", absent: "every listener" })
            .exactOptional(),
        })
        .meta({ description: "The Gateway, which must already exist." }),
      namespaces: z
        .array(z.string())
        .meta({
          description: "Namespaces of teams that may have their own HTTPRoutes and GRPCRoutes to the proxy.",
          absent: "none",
        })
        .exactOptional(),
      referenceGrants: z
        .enum(["v1beta1", "v1"])
        .meta({
          description:
            "Version of the ReferenceGrant for these namespaces. Gateway API 1.5 and later serve v1, earlier versions only v1beta1.",
          byDefault: "v1beta1",
          typeName: "ReferenceGrantVersion",
        })
        .exactOptional(),
      ...anyRoute,
    }),
  ],
  { error: "Write {from: [peers]} of an Ingress, or {kind: gatewayApi, parentRef, from: [peers]}." },
);

/** Where the certificate comes from. */
export const tls = z.union(
  [
    z.enum(["external", "off"]),
    z
      .strictObject({
        issuer: z
          .strictObject(
            {
              kind: z
                .enum(["Issuer", "ClusterIssuer"])
                .meta({ description: "Kind of cert-manager's issuer.", typeName: "CertificateIssuerKind" }),
              name: z.string().meta({ description: "Name of the issuer." }),
            },
            insteadOf("Write {kind: ClusterIssuer, name}."),
          )
          .meta({
            description: "The cert-manager issuer that issues a certificate for each Ingress.",
            typeName: "CertificateIssuer",
          }),
      })
      .meta({ typeName: "TlsIssuer" }),
    z
      .strictObject({
        secretName: z
          .string()
          .meta({ description: "Secret with a certificate, in the gateway's namespace." }),
      })
      .meta({ typeName: "TlsSecret" }),
  ],
  { error: 'Write "off", "external", {issuer: {kind, name}} or {secretName}.' },
);

const target = z
  .strictObject({
    to: list(peerOrBlock).meta({ description: "Pods or addresses." }),
    ports: list(port)
      .meta({ description: "Ports of the pods.", absent: "all, and 53 in dns" })
      .exactOptional(),
  })
  .meta({ typeName: "EgressTarget" });
const destinations = z.array(
  z.union([z.literal("internet"), target], { error: 'Write "internet" or {to: [peers], ports?}.' }),
  insteadOf("Write a list: [internet], or [{to: [peers], ports?}]."),
);

/** What the gateway's pods may connect to. */
export const egress = z.union(
  [
    z.literal("off"),
    z.strictObject({
      dns: list(target)
        .meta({ description: "DNS servers.", absent: "any address, at port 53" })
        .exactOptional(),
      alsoTo: z
        .partialRecord(z.enum(egressParts), destinations, insteadOf("Write {proxy: [internet]}."))
        .meta({
          description: "For each part, what else it may connect to: internet, or {to: [peers], ports?}.",
        })
        .exactOptional(),
    }),
  ],
  { error: 'Write "off" or {dns?, alsoTo?}.' },
);
