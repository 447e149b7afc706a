// Package ecs is built without the clients of AWS: only the provider's place in Traefik's configuration is left.
package ecs

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

const ProviderName = "ecs"

type Provider struct{}

func (*Provider) SetDefaults() {}

func (*Provider) Init() error { return errors.New("the provider ecs is not part of this build") }

func (*Provider) Provide(chan<- dynamic.Message, *safe.Pool) error { return nil }
