// Package informers is built without an informer of each kind of object: the provider watches all of them by one that is dynamic.
package informers

import "k8s.io/client-go/tools/cache"

type GenericInformer interface {
	Informer() cache.SharedIndexInformer
	Lister() cache.GenericLister
}
