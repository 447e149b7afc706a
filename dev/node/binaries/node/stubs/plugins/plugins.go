// Package plugins is built without an interpreter and without WebAssembly: Traefik refuses plugins.
package plugins

import (
	"context"
	"errors"
	"net/http"

	"github.com/traefik/traefik/v3/pkg/provider"
)

var errLeftOut = errors.New("plugins are not part of this build")

type Descriptor struct{ ModuleName, Version string }

type LocalDescriptor struct{ ModuleName string }

type Constructor func(context.Context, http.Handler) (http.Handler, error)

type RegistryDownloader struct{}

type RegistryDownloaderOptions struct {
	HTTPClient   *http.Client
	ArchivesPath string
}

func NewRegistryDownloader(RegistryDownloaderOptions) (*RegistryDownloader, error) {
	return nil, errLeftOut
}

type Manager struct{}

type ManagerOptions struct{ Output string }

func NewManager(*RegistryDownloader, ManagerOptions) (*Manager, error) { return nil, errLeftOut }

func SetupRemotePlugins(*Manager, map[string]Descriptor) error { return errLeftOut }

func SetupLocalPlugins(map[string]LocalDescriptor) error { return errLeftOut }

// Builder exists without plugins too: Traefik makes one at each start.
type Builder struct{}

func NewBuilder(*Manager, map[string]Descriptor, map[string]LocalDescriptor) (*Builder, error) {
	return &Builder{}, nil
}

func (Builder) Build(string, map[string]any, string) (Constructor, error) { return nil, errLeftOut }

func (Builder) BuildProvider(string, map[string]any) (provider.Provider, error) {
	return nil, errLeftOut
}
