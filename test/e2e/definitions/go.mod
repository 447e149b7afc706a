// Only for the custom resource definitions in these modules: nothing is built.
module definitions

go 1.25

require github.com/cloudnative-pg/cloudnative-pg v1.27.0
