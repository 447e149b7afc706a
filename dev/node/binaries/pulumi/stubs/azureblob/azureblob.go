// Package azureblob is built without Azure's clients: its URLs are known, and refused.
package azureblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

const Scheme = "azblob"

type ServiceURLOptions struct{}

type URLOpener struct {
	MakeClient        func() error
	ServiceURLOptions ServiceURLOptions
}

func NewDefaultClient() error {
	return errors.New("states in Azure's blob storage are not part of this build")
}

func NewDefaultServiceURLOptions() *ServiceURLOptions { return &ServiceURLOptions{} }

func (opener *URLOpener) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, opener.MakeClient()
}
