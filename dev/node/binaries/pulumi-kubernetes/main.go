// Command pulumi-resource-kubernetes is Pulumi's own provider of Kubernetes objects. Its module's own command embeds a
// generated schema that the module does not hold; programs in Node.js bring theirs.
package main

import (
	"os"
	"time"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	go exitWithEngine(os.Getppid())
	provider.Serve("kubernetes", version.Version, []byte("{}"), nil)
}

// exitWithEngine ends the provider when the engine was killed: nobody else would.
func exitWithEngine(engine int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != engine {
			os.Exit(1)
		}
	}
}
