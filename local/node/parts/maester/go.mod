module portcullis.local/parts/maester

go 1.25

tool github.com/ory/oathkeeper-maester

require github.com/ory/oathkeeper-maester v0.1.10

