module portcullis.local/parts/oathkeeper

go 1.25

tool github.com/ory/oathkeeper

require github.com/ory/oathkeeper v0.40.9

replace (
	github.com/mattn/go-sqlite3 => github.com/mattn/go-sqlite3 v1.14.10
)
