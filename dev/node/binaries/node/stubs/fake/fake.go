// Package fake is built without a client of each kind of object: only helpers of Kubernetes' own tests, which are compiled into its
// servers, make clients of it.
package fake

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/testing"
)

var AddToScheme = scheme.AddToScheme

type Clientset struct{ kubernetes.Interface }

func NewSimpleClientset(...runtime.Object) *Clientset { return &Clientset{} }

func NewClientset(...runtime.Object) *Clientset { return &Clientset{} }

func (*Clientset) Tracker() testing.ObjectTracker { return nil }
