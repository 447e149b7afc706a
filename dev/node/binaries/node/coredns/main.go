// Command coredns is CoreDNS with only the plugins that the embedded node's Corefile names.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/rewrite"
)

func init() {
	dnsserver.Directives = []string{"bind", "errors", "cache", "rewrite", "kubernetes"}
}

func main() { coremain.Run() }
