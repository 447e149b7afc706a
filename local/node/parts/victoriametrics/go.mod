module portcullis.local/parts/victoriametrics

go 1.25

tool (
	github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics
	github.com/VictoriaMetrics/VictoriaMetrics/app/vmagent
)

require github.com/VictoriaMetrics/VictoriaMetrics v1.148.0

