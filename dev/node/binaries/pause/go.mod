module portcullis.local/parts/pause

go 1.25
