// Package cloud is built without Pulumi Cloud's API, whose description takes a third of the compiler's time.
package cloud

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/backend/httpstate/client"
	"github.com/spf13/cobra"
)

var errLeftOut = errors.New("calls of Pulumi Cloud's API are not part of this build")

type APIError struct {
	ExitCode int
	Silent   bool
}

func (*APIError) Error() string { return errLeftOut.Error() }

type ResolvedContext struct {
	Client   *client.Client
	OrgName  string
	LoggedIn bool
}

func ResolveContext(context.Context) (*ResolvedContext, error) { return nil, errLeftOut }

func NewAPICmd() *cobra.Command {
	return &cobra.Command{
		Use:  "api",
		Args: cobra.ArbitraryArgs,
		RunE: func(*cobra.Command, []string) error { return errLeftOut },
	}
}
