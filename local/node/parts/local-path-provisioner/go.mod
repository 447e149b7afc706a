module portcullis.local/parts/local-path-provisioner

go 1.25

tool github.com/rancher/local-path-provisioner

require github.com/rancher/local-path-provisioner v0.0.30

