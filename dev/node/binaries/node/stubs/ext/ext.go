// Package ext stands for a module inside Traefik's own that is not to be had: what Traefik's other editions add to
// the configuration.
package ext

type HTTP struct{}

type Router struct{}
