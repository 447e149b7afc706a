// Package operations is built without the clients of clouds: `pulumi logs` has none to ask.
package operations

import (
	"context"
	"errors"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

type ResourceFilter string

type LogEntry struct {
	ID        string
	Timestamp int64
	Message   string
}

type LogQuery struct {
	StartTime      *time.Time
	EndTime        *time.Time
	ResourceFilter *ResourceFilter
}

type Provider interface {
	GetLogs(ctx context.Context, query LogQuery) (*[]LogEntry, error)
}

type Resource struct{}

type leftOut struct{}

func NewResourceTree([]*resource.State) *Resource { return &Resource{} }

func (*Resource) OperationsProvider(map[config.Key]string) Provider { return leftOut{} }

func (leftOut) GetLogs(context.Context, LogQuery) (*[]LogEntry, error) {
	return nil, errors.New("the logs of clouds are not part of this build")
}
