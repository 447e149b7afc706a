// Package version is built without GitHub's client, which asks for newer releases.
package version

import (
	"time"

	"github.com/gorilla/mux"
)

var (
	Version            = "dev"
	Codename           = ""
	BuildDate          = ""
	StartDate          = time.Now()
	DisableDashboardAd = true
	DashboardName      = ""
)

type Handler struct{}

func (Handler) Append(*mux.Router) {}

func CheckNewVersion() {}
