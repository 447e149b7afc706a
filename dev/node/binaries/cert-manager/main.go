// cert-manager's three servers in one program, and its chart as the objects that helm would make of it. The servers are
// cert-manager's own packages, put together as its commands do it; what these leave out is leader election, profiling
// and metrics over TLS.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	core "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cert-manager/cert-manager/internal/webhook"
	certmanager "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/scheme"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
	webhookoptions "github.com/cert-manager/cert-manager/pkg/webhook/options"

	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/metrics"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

const (
	metricsAddress = "0.0.0.0:9402"
	healthzAddress = "0.0.0.0:9403"
	workers        = 5
)

var commands = map[string]func(context.Context, []string) error{
	"controller": runController,
	"webhook":    runWebhook,
	"cainjector": runInjector,
	"chart":      printChart,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	run, known := commands[strings.Join(os.Args[1:min(2, len(os.Args))], "")]
	if !known {
		fail(errors.New("usage: cert-manager controller|webhook|cainjector|chart ..."))
	}
	logs.InitLogs()
	if err := run(logs.NewContext(ctx, logs.Log), os.Args[2:]); err != nil && !errors.Is(err, context.Canceled) {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// runController runs all controllers that are on by default.
func runController(ctx context.Context, args []string) error {
	options := controller.ContextOptions{KubernetesAPIQPS: 20, KubernetesAPIBurst: 50}
	flags := serverFlags("controller")
	flags.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "kube-system", "")
	flags.StringVar(&options.HTTP01SolverImage, "acme-http01-solver-image", "", "")
	flags.IntVar(&options.MaxConcurrentChallenges, "max-concurrent-challenges", 60, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	options.CertificateRequestMinimumBackoffDuration = time.Hour
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	options.CopiedAnnotationPrefixes = []string{"*", "-kubectl.kubernetes.io/"}
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	if err := serve(ctx, group, shared); err != nil {
		return err
	}
	for name, construct := range controller.Known() {
		built, err := construct(factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		group.Go(func() error { return built.Run(workers, ctx) })
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	return group.Wait()
}

// serve answers the probes and whoever scrapes.
func serve(ctx context.Context, group *errgroup.Group, shared *controller.Context) error {
	probes, err := net.Listen("tcp", healthzAddress)
	if err != nil {
		return err
	}
	group.Go(func() error { return healthz.NewServer(time.Minute).Start(ctx, probes) })
	scrapes, err := net.Listen("tcp", metricsAddress)
	if err != nil {
		return err
	}
	shared.Metrics.SetupCertificateCollector(shared.SharedInformerFactory.Certmanager().V1().Certificates().Lister())
	metrics := shared.Metrics.NewServer(scrapes)
	group.Go(func() error {
		if err := metrics.Serve(scrapes); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return metrics.Close()
	})
	return nil
}

func runWebhook(ctx context.Context, args []string) error {
	configuration, err := webhookoptions.NewWebhookConfiguration()
	if err != nil {
		return err
	}
	flags := pflag.NewFlagSet("webhook", pflag.ContinueOnError)
	webhookoptions.AddConfigFlags(flags, configuration)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := logs.ValidateAndApply(&configuration.Logging); err != nil {
		return err
	}
	server, err := webhook.NewCertManagerWebhookServer(logs.FromContext(ctx), *configuration)
	if err != nil {
		return err
	}
	return server.Run(ctx)
}

func runInjector(ctx context.Context, args []string) error {
	if err := serverFlags("cainjector").Parse(args); err != nil {
		return err
	}
	configuration, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, certmanager.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		utilruntime.Must(add(known))
	}
	injector, err := manager.New(util.RestConfigWithUserAgent(configuration, "cainjector"), manager.Options{
		Scheme:  known,
		Cache:   cache.Options{ReaderFailOnMissingInformer: true},
		Client:  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&core.Secret{}}}},
		Metrics: metricsserver.Options{BindAddress: metricsAddress},
	})
	if err != nil {
		return err
	}
	err = cainjector.RegisterAllInjectors(ctx, injector, cainjector.SetupOptions{
		EnableCertificatesDataSource: true,
		EnabledReconcilersFor: map[string]bool{
			cainjector.MutatingWebhookConfigurationName:   true,
			cainjector.ValidatingWebhookConfigurationName: true,
			cainjector.APIServiceName:                     true,
			cainjector.CustomResourceDefinitionName:       true,
		},
	})
	if err != nil {
		return err
	}
	return injector.Start(ctx)
}

// serverFlags takes what the chart hands to a server of one replica.
func serverFlags(name string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.String("leader-election-namespace", "", "")
	flags.Int("v", 2, "")
	return flags
}

// printChart prints the objects that helm makes of a chart: FOLDER NAMESPACE VERSION [VALUES].
func printChart(_ context.Context, args []string) error {
	folder, namespace, version := args[0], args[1], args[2]
	chart, err := loader.Load(folder)
	if err != nil {
		return err
	}
	// cert-manager's release tool writes them.
	chart.Metadata.Version, chart.Metadata.AppVersion = version, version
	given, err := chartutil.ReadValues([]byte(args[3]))
	if err != nil {
		return err
	}
	release := chartutil.ReleaseOptions{Name: chart.Name(), Namespace: namespace, IsInstall: true, Revision: 1}
	values, err := chartutil.ToRenderValues(chart, given, release, chartutil.DefaultCapabilities)
	if err != nil {
		return err
	}
	files, err := engine.Render(chart, values)
	if err != nil {
		return err
	}
	for name, text := range files {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(text) != "" {
			fmt.Println("---")
			fmt.Println(text)
		}
	}
	return nil
}
